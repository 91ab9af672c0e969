// Answers with its payload as the host's validation left it.

#include "kit.h"

enum handler { PAYLOAD, ARGUMENTS };

#define VALIDATE(schema) {EXPORTS_STOCKADE_HANDLER_CONTROLLER_STEP_VALIDATE, {.validate = (schema)}}

void describe(manifest *ret) {
    static string schemas[3] = {
        STRING("{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"name\",\"count\",\"size\"],\"properties\":{"
               "\"name\":{\"type\":\"string\"},\"count\":{\"type\":\"integer\",\"minimum\":1},"
               "\"size\":{\"enum\":[\"s\",\"m\"],\"default\":\"m\"},\"more\":{\"type\":\"object\",\"properties\":{"
               "\"on\":{\"type\":\"boolean\",\"default\":true}}}}}"),
        STRING("{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"picture\":{\"type\":\"object\","
               "\"additionalProperties\":false,\"properties\":{\"more\":{\"default\":1}}},\"count\":{\"type\":\"integer\"}}}"),
    };
    // Each item gets 10 KB.
    schemas[2] = format("{\"items\":{\"properties\":{\"a\":{\"default\":\"%S\"}}}}", repeated('a', 10000));
    static step order[] = {VALIDATE(0)};
    static step picture[] = {VALIDATE(1)};
    static step grow[] = {VALIDATE(2)};
    static step both[] = {VALIDATE(0), VALIDATE(1)};
    static route routes[] = {
        {.event = STRING("order"), .steps = LIST(order)},
        {.event = STRING("picture"), .steps = LIST(picture)},
        {.event = STRING("grow"), .steps = LIST(grow)},
        {.event = STRING("order without all but count"), .steps = LIST(both)},
        {.event = STRING("order and others"), .steps = LIST(order), .handler = ARGUMENTS},
    };
    static namespace namespaces[] = {{.name = STRING("/"), .routes = LIST(routes)}};
    *ret = (manifest){.sdk = STRING("raw C"), .namespaces = LIST(namespaces), .schemas = LIST(schemas)};
}

bool handle_event(uint32_t handler, string *json, response *ret, thrown *thrown) {
    if (handler == ARGUMENTS) {
        payload arguments;
        error error;
        if (!stockade_handler_context_arguments(&arguments, &error)) {
            return throw_error(thrown, "HostError", error_json(&error));
        }
        *ret = raw(arguments);
        return true;
    }
    option_content given = json ? (option_content){true, {.json = *json}} : input_content();
    *ret = ok_nothing();
    ret->val.ok.is_some = given.is_some;
    ret->val.ok.val = given.val;
    return true;
}
