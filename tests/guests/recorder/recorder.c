// Leaves a trace through the pipeline, and does at each stage what the payload says.
//
// The payload maps stages to actions, such as {"hook1": "post", "handler": "throw"}; README.md lists both. Each stage
// appends its name to the state key `trace`; each response says which stage it is by, and carries the trace so far.

#include "json.h"
#include "kit.h"

enum handler { RUN, COUNT, SLEEP, SEEN, WAIT };

static const char *const hooks[] = {"hook1", "hook2", "hook3"};
static const char *const post_hooks[] = {"post1", "post2", "post3"};

#define VALIDATE(schema) {EXPORTS_STOCKADE_HANDLER_CONTROLLER_STEP_VALIDATE, {.validate = (schema)}}
#define HOOK(number) {EXPORTS_STOCKADE_HANDLER_CONTROLLER_STEP_HOOK, {.hook = (number) - 1}}

void describe(manifest *ret) {
    static string schemas[] = {
        STRING("{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}"),
        STRING("{\"type\":\"object\",\"properties\":{\"m\":{\"type\":\"string\"}}}"),
        STRING("{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"},\"d\":{\"default\":7}},"
               "\"additionalProperties\":false}"),
    };
    static step three[] = {HOOK(1), HOOK(2), HOOK(3)};
    static step first[] = {VALIDATE(0), HOOK(1)};
    static step between[] = {HOOK(1), VALIDATE(0), HOOK(2)};
    static step last[] = {HOOK(1), HOOK(2), VALIDATE(0)};
    static step two_schemas[] = {VALIDATE(0), HOOK(1), VALIDATE(1)};
    static step changed[] = {HOOK(1), VALIDATE(2), HOOK(2)};
    // The third has none.
    static hook_name hook_names[] = {{0, STRING("first_hook")}, {1, STRING("second_hook")}};
    static route routes[] = {
        {.event = STRING("no steps"), .handler = RUN},
        {.event = STRING("hooks"), .steps = LIST(three), .handler = RUN, .handler_name = STRING("Recorder::run")},
        {.event = STRING("validate first"), .steps = LIST(first), .handler = RUN},
        {.event = STRING("validate between"), .steps = LIST(between), .handler = RUN},
        {.event = STRING("validate last"), .steps = LIST(last), .handler = RUN},
        {.event = STRING("validate twice"), .steps = LIST(two_schemas), .handler = RUN},
        {.event = STRING("seen"), .steps = LIST(changed), .handler = SEEN},
        {.event = STRING("count"), .handler = COUNT, .handler_name = STRING("Recorder::count")},
        {.event = STRING("sleep"), .handler = SLEEP},
        {.event = STRING("wait"), .handler = WAIT, .concurrent = true},
    };
    static namespace namespaces[] = {
        {.name = STRING("/"),
         .routes = LIST(routes),
         .on_connection = true,
         .on_disconnection = true,
         .handle_error = true},
        {.name = STRING("/bare"), .routes = LIST(routes)},
    };
    *ret = (manifest){.sdk = STRING("raw C"),
                      .namespaces = LIST(namespaces),
                      .schemas = LIST(schemas),
                      .hook_names = LIST(hook_names)};
}

// State

static string state(const char *key) {
    string name = str(key);
    guest_option_string_t value;
    error error;
    return stockade_handler_context_state(&name, &value, &error) && value.is_some ? value.val : STRING("");
}

static void set_state(const char *key, string value) {
    string name = str(key);
    error error;
    if (!stockade_handler_context_set_state(&name, &value, &error)) {
        __builtin_trap();
    }
}

// Actions

static void loop_forever(void) {
    for (volatile unsigned turns = 0;; turns++) {
    }
}

// For what traps and what loops, whichever the stage.
static void act(string action) {
    if (equal(action, "trap")) {
        __builtin_trap();
    }
    if (equal(action, "loop")) {
        loop_forever();
    }
}

// Records that a stage is reached, and answers what it is to do.
static string enter(const char *stage) {
    string before = state("trace");
    set_state("trace", format("%S%s\"%s\"", before, before.len > 0 ? "," : "", stage));
    string action = json_text(json_member(input(), stage));
    act(action);
    return action;
}

static bool throw_by(thrown *thrown, const char *stage) {
    return throw_error(thrown, "Scripted", format("thrown by %s", stage));
}

// The members that all responses have.
static string by(const char *stage) {
    return format("\"by\":\"%s\",\"trace\":[%S]", stage, state("trace"));
}

// Exports

bool run_hook(uint32_t hook, hook_outcome *ret, thrown *thrown) {
    const char *stage = hooks[hook];
    string action = enter(stage);
    if (hook == 0) {
        set_state("seen", input());
    }
    ret->tag = EXPORTS_STOCKADE_HANDLER_CONTROLLER_HOOK_OUTCOME_ANSWER;
    if (equal(action, "throw")) {
        return throw_by(thrown, stage);
    } else if (equal(action, "answer")) {
        ret->val.answer = ok(format("{%S}", by(stage)));
    } else if (equal(action, "answer error")) {
        ret->val.answer = failed(format("{%S}", by(stage)));
    } else if (equal(action, "answer raw")) {
        ret->val.answer = raw(json(format("[{%S},\"raw\"]", by(stage))));
    } else if (equal(action, "post")) {
        ret->tag = EXPORTS_STOCKADE_HANDLER_CONTROLLER_HOOK_OUTCOME_POST_HOOK;
        ret->val.post_hook = hook;
    } else {
        ret->tag = EXPORTS_STOCKADE_HANDLER_CONTROLLER_HOOK_OUTCOME_PASS;
    }
    return true;
}

// In the memory of the instance, so it tells who shares that.
static int count;

static response sleep(void) {
    string turns = input();
    volatile int left = json_integer(turns);
    while (left > 0) {
        left--;
    }
    return ok(turns);
}

static bool run(response *ret, thrown *thrown) {
    string action = enter("handler");
    if (equal(action, "throw")) {
        return throw_by(thrown, "handler");
    }
    string data = format("{%S}", by("handler"));
    if (equal(action, "raw")) {
        *ret = raw(json(format("[%S,\"raw\"]", data)));
        return true;
    }
    if (equal(action, "no list")) {
        *ret = raw(json(data));
        return true;
    }
    *ret = equal(action, "empty") ? ok_nothing() : equal(action, "error") ? failed(data) : ok(data);
    return true;
}

// Asks the client and waits; tells the others what came.
static response wait(void) {
    string event = STRING("question");
    string told = STRING("waited");
    target everyone = EVERYONE;
    payload arguments = json(STRING("[]"));
    payload answer;
    error error;
    bool answered = stockade_handler_socket_emit_with_ack(&event, &arguments, json_integer(input()), &answer, &error);
    arguments = json(format("[%S]", answered ? answer.json : error_json(&error)));
    stockade_handler_socket_emit_to(&everyone, &told, &arguments, 0, &error);
    return ok(arguments.json);
}

bool handle_event(uint32_t handler, string *, response *ret, thrown *thrown) {
    switch (handler) {
    case COUNT:
        *ret = ok(format("%d", ++count));
        return true;
    case SLEEP:
        *ret = sleep();
        return true;
    case WAIT:
        *ret = wait();
        return true;
    case SEEN:
        *ret = ok(format("{\"before\":%S,\"after\":%S}", state("seen"), input()));
        return true;
    default:
        return run(ret, thrown);
    }
}

bool run_post_hook(uint32_t post_hook, response *response, option_response *ret, thrown *thrown) {
    const char *stage = post_hooks[post_hook];
    string action = enter(stage);
    if (equal(action, "throw")) {
        return throw_by(thrown, stage);
    }
    bool is_raw = response->tag == STOCKADE_HANDLER_TYPES_RESPONSE_RAW;
    bool is_ok = response->tag == STOCKADE_HANDLER_TYPES_RESPONSE_OK;
    const char *status = is_raw ? "raw" : is_ok ? "ok" : "error";
    string saw = is_raw                      ? response->val.raw.json
                 : response->val.ok.is_some ? response->val.ok.val.json
                                             : STRING("null");
    string data = format("{%S,\"status\":\"%s\",\"saw\":%S}", by(stage), status, saw);
    bool as_raw = equal(action, "raw") || is_raw;
    ret->is_some = !equal(action, "keep");
    ret->val = as_raw ? raw(json(format("[%S]", data))) : is_ok ? ok(data) : failed(data);
    return true;
}

bool handle_error(thrown *error, response *ret, thrown *err) {
    string action = enter("handle-error");
    if (equal(action, "throw")) {
        return throw_by(err, "handle-error");
    }
    if (equal(action, "rethrow")) {
        *err = *error;
        return false;
    }
    string told = format("{%S,\"name\":%q,\"message\":%q}", by("handle-error"), error->name, error->message);
    *ret = equal(action, "raw") ? raw(json(format("[null,%S]", told))) : failed(told);
    return true;
}

// What a client's `auth` asks for under the key `connection`.
bool on_connection(thrown *thrown) {
    handshake came;
    error error;
    if (!stockade_handler_socket_handshake(&came, &error)) {
        return throw_error(thrown, "HostError", error_json(&error));
    }
    string action = json_text(json_member(came.auth, "connection"));
    act(action);
    if (equal(action, "throw")) {
        return throw_error(thrown, "Scripted", STRING("refused by guest"));
    }
    if (equal(action, "emit") || equal(action, "tell")) {
        string names[] = {STRING("lobby")};
        strings rooms = LIST(names);
        string arguments = STRING("[\"emitted before connect\"]");
        stockade_handler_socket_join(&rooms, &error);
        emit("welcome", arguments, &error);
        if (equal(action, "tell")) {
            string namespace = STRING("/"), event = STRING("came");
            target lobby = {.rooms = rooms};
            payload came = json(arguments);
            stockade_handler_server_emit(&namespace, &lobby, &event, &came, 0, &error);
        }
    }
    if (equal(action, "ask")) {
        string event = STRING("question");
        payload arguments = json(STRING("[]"));
        bool answered = stockade_handler_socket_emit_with_ack(&event, &arguments, 1000, &arguments, &error);
        emit("asked", format("[%S]", answered ? arguments.json : error_json(&error)), &error);
    }
    if (equal(action, "emit as told")) {
        string event = json_text(json_member(came.auth, "event"));
        payload arguments = json(STRING("[]"));
        bool took = stockade_handler_socket_emit(&event, &arguments, 0, &error);
        emit("emitted", format("[%S]", took ? STRING("null") : error_json(&error)), &error);
    }
    return true;
}

// What the client's `auth` has asked for under the key `disconnection`; then tells the others who left, why, and which rooms the
// socket was in.
bool on_disconnection(string *reason, thrown *thrown) {
    string id;
    strings rooms;
    handshake came;
    error error;
    if (!stockade_handler_socket_handshake(&came, &error)) {
        return throw_error(thrown, "HostError", error_json(&error));
    }
    string action = json_text(json_member(came.auth, "disconnection"));
    act(action);
    if (equal(action, "throw")) {
        return throw_error(thrown, "Scripted", STRING("thrown by on-disconnection"));
    }
    if (!stockade_handler_socket_id(&id, &error) || !stockade_handler_socket_rooms(&rooms, &error)) {
        return throw_error(thrown, "HostError", error_json(&error));
    }
    string list = STRING("");
    for (size_t i = 0; i < rooms.len; i++) {
        list = format("%S%s%q", list, i == 0 ? "" : ",", rooms.ptr[i]);
    }
    target everyone = EVERYONE;
    string event = STRING("gone");
    payload arguments = json(format("[{\"id\":%q,\"reason\":%q,\"rooms\":[%S]}]", id, *reason, list));
    return stockade_handler_socket_emit_to(&everyone, &event, &arguments, 0, &error) ||
           throw_error(thrown, "HostError", error_json(&error));
}
