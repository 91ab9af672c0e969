#include "kit.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

extern uint8_t __heap_base;
void __real_free(void *pointer);

// The linker sends every call of `free` here.
void __wrap_free(void *pointer) {
    if ((uint8_t *)pointer >= &__heap_base) {
        __real_free(pointer);
    }
}

// Text

string str(const char *text) {
    return (string){(uint8_t *)text, strlen(text)};
}

bool equal(string one, const char *other) {
    return one.len == strlen(other) && memcmp(one.ptr, other, one.len) == 0;
}

static void append(string *text, const void *bytes, size_t length) {
    text->ptr = realloc(text->ptr, text->len + length + 1);
    if (text->ptr == nullptr) {
        abort();
    }
    memcpy(text->ptr + text->len, bytes, length);
    text->len += length;
}

static void append_integer(string *text, int number) {
    char digits[12];
    size_t start = sizeof digits;
    unsigned rest = number < 0 ? -(unsigned)number : (unsigned)number;
    do {
        digits[--start] = '0' + rest % 10;
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        digits[--start] = '-';
    }
    append(text, digits + start, sizeof digits - start);
}

static void append_quoted(string *text, string value) {
    static const char hex[] = "0123456789abcdef";
    append(text, "\"", 1);
    for (size_t i = 0; i < value.len; i++) {
        uint8_t byte = value.ptr[i];
        if (byte == '"' || byte == '\\') {
            append(text, "\\", 1);
        }
        if (byte < 0x20) {
            append(text, (char[]){'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]}, 6);
        } else {
            append(text, &byte, 1);
        }
    }
    append(text, "\"", 1);
}

string format(const char *pattern, ...) {
    string text = {};
    va_list values;
    va_start(values, pattern);
    for (const char *at = pattern; *at != 0; at++) {
        if (*at != '%') {
            append(&text, at, 1);
            continue;
        }
        switch (*++at) {
        case 's': {
            const char *value = va_arg(values, const char *);
            append(&text, value, strlen(value));
            break;
        }
        case 'S': {
            string value = va_arg(values, string);
            append(&text, value.ptr, value.len);
            break;
        }
        case 'q':
            append_quoted(&text, va_arg(values, string));
            break;
        case 'd':
            append_integer(&text, va_arg(values, int));
            break;
        default:
            abort();
        }
    }
    va_end(values);
    return text;
}

// Events

option_content input_content(void) {
    option_content given = {};
    error error;
    return stockade_handler_context_payload(&given, &error) ? given : (option_content){};
}

string input(void) {
    option_content given = input_content();
    return given.is_some ? given.val.json : STRING("null");
}

payload json(string text) {
    return (payload){.json = text};
}

response ok(string text) {
    return (response){STOCKADE_HANDLER_TYPES_RESPONSE_OK, {.ok = {true, json(text)}}};
}

response ok_nothing(void) {
    return (response){STOCKADE_HANDLER_TYPES_RESPONSE_OK, {}};
}

response failed(string text) {
    return (response){STOCKADE_HANDLER_TYPES_RESPONSE_ERROR, {.error = {true, json(text)}}};
}

response raw(payload arguments) {
    return (response){STOCKADE_HANDLER_TYPES_RESPONSE_RAW, {.raw = arguments}};
}

string error_json(const error *error) {
    switch (error->tag) {
    case STOCKADE_HANDLER_TYPES_ERROR_NO_EVENT:
        return STRING("{\"kind\":\"no-event\"}");
    case STOCKADE_HANDLER_TYPES_ERROR_INVALID_ARGUMENT:
        return format("{\"kind\":\"invalid-argument\",\"detail\":%q}", error->val.invalid_argument);
    case STOCKADE_HANDLER_TYPES_ERROR_LIMIT_EXCEEDED:
        return format("{\"kind\":\"limit-exceeded\",\"detail\":%q}", error->val.limit_exceeded);
    case STOCKADE_HANDLER_TYPES_ERROR_DISCONNECTED:
        return STRING("{\"kind\":\"disconnected\"}");
    case STOCKADE_HANDLER_TYPES_ERROR_TIMED_OUT:
        return STRING("{\"kind\":\"timed-out\"}");
    default:
        return format("{\"kind\":\"other\",\"detail\":%q}", error->val.other);
    }
}

bool throw_error(thrown *thrown, const char *name, string message) {
    thrown->name = str(name);
    thrown->message = message;
    thrown->stack.is_some = false;
    thrown->data.is_some = false;
    return false;
}

bool emit(const char *event, string arguments, error *error) {
    string name = str(event);
    payload values = json(arguments);
    return stockade_handler_socket_emit(&name, &values, 0, error);
}

response send(payload payload) {
    if (!equal(input(), "\"emit\"")) {
        return (response){STOCKADE_HANDLER_TYPES_RESPONSE_OK, {.ok = {true, payload}}};
    }
    string event = STRING("sent");
    error error;
    bool took = stockade_handler_socket_emit(&event, &payload, 0, &error);
    return ok(took ? STRING("\"taken\"") : error_json(&error));
}

string repeated(char byte, size_t count) {
    string text = {malloc(count), count};
    if (text.ptr == nullptr) {
        abort();
    }
    memset(text.ptr, byte, count);
    return text;
}

// Manifests

void describe_routes(manifest *ret, string name, route *routes, size_t count) {
    static namespace namespaces[1];
    namespaces[0] = (namespace){.name = name, .routes = {routes, count}};
    *ret = (manifest){.sdk = STRING("test kit for C"), .namespaces = LIST(namespaces)};
}

void describe_schema(manifest *ret, string schema) {
    static string schemas[1];
    static step validate[] = {{EXPORTS_STOCKADE_HANDLER_CONTROLLER_STEP_VALIDATE, {.validate = 0}}};
    static route routes[] = {
        {.event = STRING("ping"), .handler = PING},
        {.event = STRING("attack"), .steps = LIST(validate), .handler = ATTACK},
    };
    schemas[0] = schema;
    describe_routes(ret, STRING("/"), routes, sizeof routes / sizeof *routes);
    ret->schemas = (strings)LIST(schemas);
}

// What a scenario need not define

#define DEFAULT [[gnu::weak]]

DEFAULT response attack(void) {
    return ok(STRING("\"harmless\""));
}

DEFAULT void describe(manifest *ret) {
    static route routes[] = {
        {.event = STRING("ping"), .handler = PING},
        {.event = STRING("attack"), .handler = ATTACK},
    };
    describe_routes(ret, STRING("/"), routes, sizeof routes / sizeof *routes);
}

DEFAULT bool on_connection(thrown *) {
    return true;
}

DEFAULT bool run_hook(uint32_t, hook_outcome *ret, thrown *) {
    ret->tag = EXPORTS_STOCKADE_HANDLER_CONTROLLER_HOOK_OUTCOME_PASS;
    return true;
}

DEFAULT bool handle_event(uint32_t handler, string *, response *ret, thrown *) {
    *ret = handler == PING ? ok(STRING("\"pong\"")) : attack();
    return true;
}

DEFAULT bool run_post_hook(uint32_t, response *, option_response *ret, thrown *) {
    ret->is_some = false;
    return true;
}

DEFAULT bool handle_error(thrown *error, response *, thrown *err) {
    *err = *error;
    return false;
}

DEFAULT bool on_disconnection(string *, thrown *) {
    return true;
}
