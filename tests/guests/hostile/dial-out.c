// Tries to open a TCP connection to this machine, and answers how far it came: `connecting`, or with the code of the
// error in `wasi:sockets/network`.
#include "kit.h"

response attack(void) {
    wasi_sockets_tcp_own_tcp_socket_t socket;
    wasi_sockets_network_error_code_t code;
    if (!wasi_sockets_tcp_create_socket_create_tcp_socket(WASI_SOCKETS_NETWORK_IP_ADDRESS_FAMILY_IPV4, &socket, &code)) {
        return ok(format("{\"create\":%d}", code));
    }
    wasi_sockets_network_own_network_t network = wasi_sockets_instance_network_instance_network();
    wasi_sockets_network_ip_socket_address_t address = {
        .tag = WASI_SOCKETS_NETWORK_IP_SOCKET_ADDRESS_IPV4,
        .val.ipv4 = {.port = 80, .address = {127, 0, 0, 1}},
    };
    if (!wasi_sockets_tcp_method_tcp_socket_start_connect(wasi_sockets_tcp_borrow_tcp_socket(socket),
                                                          wasi_sockets_network_borrow_network(network), &address,
                                                          &code)) {
        return ok(format("{\"connect\":%d}", code));
    }
    return ok(STRING("\"connecting\""));
}
