// Writes to standard output for ever.
#include "kit.h"

response attack(void) {
    wasi_io_streams_own_output_stream_t stdout = wasi_cli_stdout_get_stdout();
    guest_list_u8_t line = {(uint8_t *)"again and again\n", 16};
    for (;;) {
        wasi_io_streams_stream_error_t error;
        wasi_io_streams_method_output_stream_blocking_write_and_flush(wasi_io_streams_borrow_output_stream(stdout),
                                                                      &line, &error);
    }
}
