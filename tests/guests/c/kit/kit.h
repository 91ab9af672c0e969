// What the test guests in C share: short names for the generated types, a few helpers, and harmless versions of all
// that a controller exports.
//
// A scenario defines what differs. Mostly that is `attack`, the handler of the event of that name; it may also define
// any export itself, which then takes the place of the kit's.
//
// Memory: what an export returns is freed by the generated code. `free` here leaves alone what is not on the heap, so
// that an export may return static data. Arguments and the helpers' results live
// as long as the instance.

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest.h"

typedef guest_string_t string;
typedef guest_list_string_t strings;
typedef guest_list_list_u8_t attachments;
typedef stockade_handler_types_payload_t payload;
typedef stockade_handler_context_option_content_t option_content;
typedef stockade_handler_types_response_t response;
typedef stockade_handler_types_thrown_t thrown;
typedef stockade_handler_types_error_t error;
typedef stockade_handler_types_handshake_t handshake;
typedef stockade_handler_socket_target_t target;
typedef exports_stockade_handler_controller_step_t step;
typedef exports_stockade_handler_controller_hook_name_t hook_name;
typedef exports_stockade_handler_controller_route_t route;
typedef exports_stockade_handler_controller_namespace_t namespace;
typedef exports_stockade_handler_controller_manifest_t manifest;
typedef exports_stockade_handler_controller_hook_outcome_t hook_outcome;
typedef exports_stockade_handler_controller_option_response_t option_response;

// With arguments, for these names are fields of records too.
#define describe(...) exports_stockade_handler_controller_describe(__VA_ARGS__)
#define on_connection(...) exports_stockade_handler_controller_on_connection(__VA_ARGS__)
#define run_hook(...) exports_stockade_handler_controller_run_hook(__VA_ARGS__)
#define handle_event(...) exports_stockade_handler_controller_handle_event(__VA_ARGS__)
#define run_post_hook(...) exports_stockade_handler_controller_run_post_hook(__VA_ARGS__)
#define handle_error(...) exports_stockade_handler_controller_handle_error(__VA_ARGS__)
#define on_disconnection(...) exports_stockade_handler_controller_on_disconnection(__VA_ARGS__)

// For static data.
#define STRING(literal) ((string){(uint8_t *)(literal), sizeof(literal) - 1})
#define LIST(array) {(array), sizeof(array) / sizeof *(array)}
#define EVERYONE ((target){})

// The string of a C string, not copied.
string str(const char *text);
bool equal(string one, const char *other);

// Text made of other text: `%s` a C string, `%S` a string, `%q` a string as JSON, `%d` an int.
string format(const char *pattern, ...);

// The event's payload as JSON text; `null` where there is none.
string input(void);
// All of it.
option_content input_content(void);

payload json(string text);
response ok(string text);
response ok_nothing(void);
response failed(string text);
// The acknowledgement itself: a list of its arguments.
response raw(payload arguments);
// The error as JSON text: an object with its `kind`, and its `detail` where it has one.
string error_json(const error *error);
// Always false, so that an export can say `return throw_error(…)`.
bool throw_error(thrown *thrown, const char *name, string message);
// Emits to the client, and answers whether the host took it.
bool emit(const char *event, string arguments, error *error);

// Answers with the payload; or, where the event's own payload is `"emit"`, emits it and answers the host's error.
response send(payload payload);
// So many times this byte.
string repeated(char byte, size_t count);

// The handlers of the kit's own manifest, which knows the events `ping` and `attack`.
enum { PING, ATTACK };
response attack(void);

// A manifest with one namespace.
void describe_routes(manifest *ret, string namespace, route *routes, size_t count);
// The kit's own manifest, but with this schema, which `attack` validates its payload with.
void describe_schema(manifest *ret, string schema);
