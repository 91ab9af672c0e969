// Calls the host as the payload says, and answers what the host said: {"ok": …} or {"error": {"kind": …}}.
//
// One event for each function, or for each limit of it; README.md lists the payloads.

#include <stdlib.h>

#include "json.h"
#include "kit.h"

// What a call came to; the text is JSON, and `null` where the function answers nothing.
typedef struct {
    bool took;
    string text;
    error error;
} result;

static result nothing(bool took, error error) {
    return (result){took, STRING("null"), error};
}

// Arguments out of the payload

static string member(const char *name) {
    return json_member(input(), name);
}

static strings texts(string array) {
    strings list = {};
    while (json_element(array, list.len).ptr != nullptr) {
        list.len++;
    }
    list.ptr = calloc(list.len, sizeof(string));
    for (size_t i = 0; i < list.len; i++) {
        list.ptr[i] = json_text(json_element(array, i));
    }
    return list;
}

static target target_of(void) {
    return (target){texts(member("rooms")), texts(member("except"))};
}

static string namespace_of(void) {
    string name = json_text(member("namespace"));
    return name.len > 0 ? name : STRING("/");
}

static uint8_t delivery_of(void) {
    return (json_is(member("volatile"), "true") ? STOCKADE_HANDLER_SOCKET_DELIVERY_VOLATILE : 0) |
           (json_is(member("local"), "true") ? STOCKADE_HANDLER_SOCKET_DELIVERY_LOCAL : 0);
}

static string event_of(void) {
    string event = json_text(member("event"));
    return event.len > 0 ? event : STRING("news");
}

static payload arguments_of(void) {
    string arguments = member("arguments");
    return (payload){arguments.ptr != nullptr ? arguments : STRING("[]"), input_content().val.attachments};
}

static string text_of_length(int length) {
    string text = format("");
    string chunk = STRING("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    while ((int)text.len < length) {
        text = format("%S%S", text, text.len > 0 ? text : chunk);
    }
    text.len = length;
    return text;
}

static string list_of(strings list) {
    string text = STRING("");
    for (size_t i = 0; i < list.len; i++) {
        text = format("%S%s%q", text, i == 0 ? "" : ",", list.ptr[i]);
    }
    return format("[%S]", text);
}

static string or_null(guest_option_string_t value) {
    return value.is_some ? value.val : STRING("null");
}

// The calls

static result call_emit(void) {
    error error;
    string event = event_of();
    payload arguments = arguments_of();
    return nothing(stockade_handler_socket_emit(&event, &arguments, delivery_of(), &error), error);
}

static result call_emit_to(void) {
    error error;
    target target = target_of();
    string event = event_of();
    payload arguments = arguments_of();
    return nothing(stockade_handler_socket_emit_to(&target, &event, &arguments, delivery_of(), &error), error);
}

static result call_server_emit(void) {
    error error;
    target target = target_of();
    string namespace = namespace_of();
    string event = event_of();
    payload arguments = arguments_of();
    bool took = stockade_handler_server_emit(&namespace, &target, &event, &arguments, delivery_of(), &error);
    return nothing(took, error);
}

static result call_ask(void) {
    result result = {};
    string event = event_of();
    payload arguments = arguments_of();
    payload answer;
    int timeout = json_integer(member("timeout"));
    result.took = stockade_handler_socket_emit_with_ack(&event, &arguments, timeout, &answer, &result.error);
    result.text = result.took ? answer.json : STRING("");
    return result;
}

// Emits `count` times, and tells how many of these the host took and why not the next.
static result call_emit_n(void) {
    error error;
    int count = json_integer(member("count"));
    string event = STRING("tick");
    for (int i = 0; i < count; i++) {
        payload arguments = json(format("[%d]", i));
        if (!stockade_handler_socket_emit(&event, &arguments, delivery_of(), &error)) {
            return (result){true, format("{\"accepted\":%d,\"error\":%S}", i, error_json(&error)), error};
        }
    }
    return (result){true, format("{\"accepted\":%d}", count), error};
}

// Joins `count` rooms in one call.
static result call_join_n(void) {
    error error;
    int count = json_integer(member("count"));
    strings rooms = {calloc(count, sizeof(string)), count};
    for (int i = 0; i < count; i++) {
        rooms.ptr[i] = format("room %d", i);
    }
    return nothing(stockade_handler_socket_join(&rooms, &error), error);
}

static result call_join(void) {
    error error;
    strings rooms = texts(member("rooms"));
    return nothing(stockade_handler_socket_join(&rooms, &error), error);
}

static result call_leave(void) {
    error error;
    strings rooms = texts(member("rooms"));
    return nothing(stockade_handler_socket_leave(&rooms, &error), error);
}

static result call_rooms(void) {
    error error;
    strings rooms = {};
    bool took = stockade_handler_socket_rooms(&rooms, &error);
    return (result){took, took ? list_of(rooms) : STRING(""), error};
}

// The ids alone.
static result call_fetch(void) {
    error error;
    target target = target_of();
    string namespace = namespace_of();
    stockade_handler_server_fetched_sockets_t found = {};
    bool took = stockade_handler_server_fetch_sockets(&namespace, &target, &found, &error);
    strings ids = {calloc(found.sockets.len, sizeof(string)), found.sockets.len};
    for (size_t i = 0; i < ids.len; i++) {
        ids.ptr[i] = found.sockets.ptr[i].id;
    }
    return (result){took, took ? list_of(ids) : STRING(""), error};
}

// All that there is to know of each.
static result call_fetch_all(void) {
    error error;
    target target = target_of();
    string namespace = namespace_of();
    stockade_handler_server_fetched_sockets_t found = {};
    if (!stockade_handler_server_fetch_sockets(&namespace, &target, &found, &error)) {
        return (result){false, STRING(""), error};
    }
    string sockets = STRING("");
    for (size_t i = 0; i < found.sockets.len; i++) {
        stockade_handler_server_remote_socket_t *socket = &found.sockets.ptr[i];
        // Seconds, which an int has room for.
        sockets = format("%S%s{\"id\":%q,\"rooms\":%S,\"data\":%S,\"user\":%S,\"address\":%q,\"issued\":%d}", sockets,
                         i == 0 ? "" : ",", socket->id, list_of(socket->rooms), or_null(socket->data),
                         or_null(socket->user), socket->address, (int)(socket->issued / 1000));
    }
    return (result){true, format("{\"sockets\":[%S],\"complete\":%s}", sockets, found.complete ? "true" : "false"), error};
}

// How many there are, of which the text would be too long.
static result call_count(void) {
    error error;
    target target = target_of();
    string namespace = namespace_of();
    stockade_handler_server_fetched_sockets_t found = {};
    bool took = stockade_handler_server_fetch_sockets(&namespace, &target, &found, &error);
    int count = found.sockets.len;
    return (result){took, format("{\"sockets\":%d,\"complete\":%s}", count, found.complete ? "true" : "false"), error};
}

static result call_sockets_join(void) {
    error error;
    target target = target_of();
    string namespace = namespace_of();
    strings rooms = texts(member("join"));
    return nothing(stockade_handler_server_sockets_join(&namespace, &target, &rooms, &error), error);
}

static result call_sockets_leave(void) {
    error error;
    target target = target_of();
    string namespace = namespace_of();
    strings rooms = texts(member("leave"));
    return nothing(stockade_handler_server_sockets_leave(&namespace, &target, &rooms, &error), error);
}

static result call_disconnect_sockets(void) {
    error error;
    target target = target_of();
    string namespace = namespace_of();
    bool close = json_is(member("close"), "true");
    return nothing(stockade_handler_server_disconnect_sockets(&namespace, &target, close, &error), error);
}

static result call_disconnect(void) {
    error error;
    return nothing(stockade_handler_socket_disconnect(json_is(member("close"), "true"), &error), error);
}

// Stores `count` values of `bytes` bytes under different keys, as far as the host takes them.
static result call_fill_state(void) {
    error error;
    int count = json_integer(member("count"));
    string value = text_of_length(json_integer(member("bytes")));
    for (int i = 0; i < count; i++) {
        string key = format("key %d", i);
        if (!stockade_handler_context_set_state(&key, &value, &error)) {
            return (result){true, format("{\"accepted\":%d,\"error\":%S}", i, error_json(&error)), error};
        }
    }
    return (result){true, format("{\"accepted\":%d}", count), error};
}

// Answers what is under a key before it puts something there: nothing, unless state outlives its event.
static result call_left_state(void) {
    error error;
    string key = STRING("left");
    string value = STRING("\"left behind\"");
    guest_option_string_t before;
    bool took = stockade_handler_context_state(&key, &before, &error) &&
                stockade_handler_context_set_state(&key, &value, &error);
    return (result){took, or_null(before), error};
}

static string value_of(void) {
    int bytes = json_integer(member("bytes"));
    return bytes > 0 ? format("\"%S\"", text_of_length(bytes - 2)) : member("value");
}

// Sets the socket's data to `value`, or to a text of which the JSON has `bytes` bytes; forgets it where neither is
// given.
static result call_set_data(void) {
    error error;
    string value = value_of();
    return nothing(stockade_handler_socket_set_data(value.ptr != nullptr ? &value : nullptr, &error), error);
}

static result call_data(void) {
    error error;
    guest_option_string_t data;
    bool took = stockade_handler_socket_data(&data, &error);
    return (result){took, took ? or_null(data) : STRING(""), error};
}

static result call_set_user(void) {
    error error;
    string value = value_of();
    return nothing(stockade_handler_context_set_user(value.ptr != nullptr ? &value : nullptr, &error), error);
}

static result call_user(void) {
    error error;
    guest_option_string_t user;
    bool took = stockade_handler_context_user(&user, &error);
    return (result){took, took ? or_null(user) : STRING(""), error};
}

static result call_context(void) {
    error error;
    string event, id, namespace, socket;
    bool took = stockade_handler_context_event_name(&event, &error) &&
                stockade_handler_context_message_id(&id, &error) &&
                stockade_handler_context_namespace(&namespace, &error) && stockade_handler_socket_id(&socket, &error);
    return (result){took,
                    took ? format("{\"event\":%q,\"message-id\":%q,\"namespace\":%q,\"socket\":%q,\"payload\":%S}",
                                  event, id, namespace, socket, input())
                         : STRING(""),
                    error};
}

// Logs `message` with `level`, `count` times.
static result call_log(void) {
    string context = STRING("caller");
    string message = json_text(member("message"));
    for (int i = json_integer(member("count")); i > 0; i--) {
        wasi_logging_logging_log(json_integer(member("level")), &context, &message);
    }
    return (result){.took = true, .text = STRING("null")};
}

typedef struct {
    const char *event;
    result (*call)(void);
} call;

static const call calls[] = {
    {"emit", call_emit},
    {"emit to", call_emit_to},
    {"emit n", call_emit_n},
    {"ask", call_ask},
    {"ask concurrently", call_ask},
    {"join", call_join},
    {"join n", call_join_n},
    {"leave", call_leave},
    {"rooms", call_rooms},
    {"disconnect me", call_disconnect},
    {"server emit", call_server_emit},
    {"fetch", call_fetch},
    {"fetch all", call_fetch_all},
    {"count", call_count},
    {"sockets join", call_sockets_join},
    {"sockets leave", call_sockets_leave},
    {"disconnect sockets", call_disconnect_sockets},
    {"fill state", call_fill_state},
    {"left state", call_left_state},
    {"set data", call_set_data},
    {"data", call_data},
    {"set user", call_set_user},
    {"user", call_user},
    {"context", call_context},
    {"12", call_context},
    {"-0.5", call_context},
    {"log", call_log},
};
enum { CALLS = sizeof calls / sizeof *calls };

void describe(manifest *ret) {
    static route routes[CALLS];
    for (size_t i = 0; i < CALLS; i++) {
        string event = str(calls[i].event);
        routes[i] = (route){.event = event, .handler = i, .concurrent = equal(event, "ask concurrently")};
    }
    static namespace namespaces[] = {
        {.name = STRING("/"), .routes = LIST(routes)},
        {.name = STRING("/other"), .routes = LIST(routes)},
        {.name = STRING("/room-:id"),
         .routes = LIST(routes),
         .matching = EXPORTS_STOCKADE_HANDLER_CONTROLLER_NAME_MATCHING_PATTERN},
    };
    *ret = (manifest){.sdk = STRING("raw C"), .namespaces = LIST(namespaces)};
}

bool handle_event(uint32_t handler, string *, response *ret, thrown *) {
    result result = calls[handler].call();
    string text = result.took ? result.text : error_json(&result.error);
    *ret = ok(format("{\"%s\":%S}", result.took ? "ok" : "error", text));
    return true;
}
