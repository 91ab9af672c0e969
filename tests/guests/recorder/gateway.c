// Namespaces by pattern and routes for any event: answers who was asked for what.

#include "kit.h"

#define PATTERN EXPORTS_STOCKADE_HANDLER_CONTROLLER_NAME_MATCHING_PATTERN
#define REGEX EXPORTS_STOCKADE_HANDLER_CONTROLLER_NAME_MATCHING_REGEX

static string params(void) {
    guest_list_tuple2_string_string_t pairs = {};
    error error;
    string text = STRING("");
    if (stockade_handler_context_namespace_params(&pairs, &error)) {
        for (size_t i = 0; i < pairs.len; i++) {
            text = format("%S%s[%q,%q]", text, i == 0 ? "" : ",", pairs.ptr[i].f0, pairs.ptr[i].f1);
        }
    }
    return format("[%S]", text);
}

static string where(void) {
    error error;
    string namespace, pattern;
    if (!stockade_handler_context_namespace(&namespace, &error) ||
        !stockade_handler_context_namespace_pattern(&pattern, &error)) {
        return error_json(&error);
    }
    return format("\"namespace\":%q,\"pattern\":%q,\"params\":%S", namespace, pattern, params());
}

void describe(manifest *ret) {
    static string schemas[] = {STRING("{\"type\":\"string\"}")};
    static step validate[] = {{EXPORTS_STOCKADE_HANDLER_CONTROLLER_STEP_VALIDATE, {.validate = 0}}};
    // Handlers are known by their numbers.
    static route routes[] = {
        {.event = STRING("exact"), .handler = 0},
        {.event = STRING(""), .handler = 1, .catch_all = true},
        {.event = STRING("users "), .handler = 2, .catch_all = true},
        {.event = STRING("users new"), .handler = 3},
        {.event = STRING("texts "), .steps = LIST(validate), .handler = 4, .catch_all = true},
    };
    static route one[] = {{.event = STRING("exact"), .handler = 0}};
    static namespace namespaces[] = {
        {.name = STRING("/"), .routes = LIST(routes)},
        {.name = STRING("/bare"), .routes = LIST(one)},
        {.name = STRING("/[a-z]+-\\d+"), .routes = LIST(one), .matching = REGEX},
        {.name = STRING("/room-:id"),
         .routes = LIST(routes),
         .on_connection = true,
         .on_disconnection = true,
         .matching = PATTERN},
        {.name = STRING("/room-:late"), .routes = LIST(one), .matching = PATTERN},
        {.name = STRING("/:tenant/files/*path"), .routes = LIST(one), .matching = PATTERN},
        {.name = STRING("/room-lobby"), .routes = LIST(one)},
    };
    *ret = (manifest){.sdk = STRING("raw C"), .namespaces = LIST(namespaces), .schemas = LIST(schemas)};
}

bool on_connection(thrown *thrown) {
    error error;
    string namespace;
    if (stockade_handler_context_namespace(&namespace, &error) && equal(namespace, "/room-forbidden")) {
        return throw_error(thrown, "Error", STRING("nobody may"));
    }
    return emit("where", format("[{%S}]", where()), &error);
}

bool on_disconnection(string *, thrown *) {
    error error;
    string everywhere = STRING("/");
    string event = STRING("left");
    payload arguments = json(format("[{%S}]", where()));
    target everyone = EVERYONE;
    return stockade_handler_server_emit(&everywhere, &everyone, &event, &arguments, 0, &error);
}

bool handle_event(uint32_t handler, string *, response *ret, thrown *) {
    error error;
    string event = STRING("");
    stockade_handler_context_event_name(&event, &error);
    *ret = ok(format("{\"route\":%d,\"event\":%q,\"payload\":%S,%S}", (int)handler, event, input(), where()));
    return true;
}
