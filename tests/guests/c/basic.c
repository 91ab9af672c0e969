// The basic suite (see README.md) on nothing but generated bindings, the kit's names for them and its bit of JSON.

#include "json.h"
#include "kit.h"

typedef guest_list_tuple2_string_string_t pairs;

enum hook { NAME_IS_TEXT, REGISTERS_POST_HOOK };
enum post_hook { REPLACES_RESPONSE };
enum handler {
    ECHO,
    ARGUMENTS,
    RAW,
    FAIL,
    EMPTY,
    THROW,
    THROW_OTHER,
    CREATE_PRODUCT,
    BROADCAST,
    NUDGE_ROOM,
    JOIN,
    SAY,
    EMIT_SELF,
    USERS_CREATE,
    POSTED,
    HANDSHAKE,
    DATA,
};

static string some_room[] = {STRING("some room")};

// What the host refuses here is a bug of the guest or of the test.
static bool throw_host_error(thrown *thrown, const error *error) {
    return throw_error(thrown, "HostError", error_json(error));
}

static bool emit_to(target target, const char *event, string arguments, error *error) {
    string name = str(event);
    payload values = json(arguments);
    return stockade_handler_socket_emit_to(&target, &name, &values, 0, error);
}

void describe(manifest *ret) {
    static string schemas[] = {STRING("{\"additionalProperties\":false,\"properties\":{\"name\":{\"type\":\"string\"}},"
                                      "\"required\":[\"name\"],\"type\":\"object\"}")};
    static step validate_product[] = {{EXPORTS_STOCKADE_HANDLER_CONTROLLER_STEP_VALIDATE, {.validate = 0}}};
    static step name_is_text[] = {{EXPORTS_STOCKADE_HANDLER_CONTROLLER_STEP_HOOK, {.hook = NAME_IS_TEXT}}};
    static step post_hook[] = {{EXPORTS_STOCKADE_HANDLER_CONTROLLER_STEP_HOOK, {.hook = REGISTERS_POST_HOOK}}};
    static hook_name hook_names[] = {
        {NAME_IS_TEXT, STRING("name_is_text")},
        {REGISTERS_POST_HOOK, STRING("registers_post_hook")},
    };
    static route routes[] = {
        {.event = STRING("echo"), .handler = ECHO},
        {.event = STRING("arguments"), .handler = ARGUMENTS},
        {.event = STRING("raw"), .handler = RAW},
        {.event = STRING("fail"), .handler = FAIL},
        {.event = STRING("empty"), .handler = EMPTY},
        {.event = STRING("throw"), .handler = THROW},
        {.event = STRING("throw other"), .handler = THROW_OTHER},
        {.event = STRING("create product"), .steps = LIST(validate_product), .handler = CREATE_PRODUCT},
        {.event = STRING("broadcast"), .handler = BROADCAST},
        {.event = STRING("event 1"), .handler = NUDGE_ROOM},
        {.event = STRING("join"), .handler = JOIN},
        {.event = STRING("say"), .handler = SAY},
        {.event = STRING("emit self"), .handler = EMIT_SELF},
        {.event = STRING("users create"), .steps = LIST(name_is_text), .handler = USERS_CREATE},
        {.event = STRING("posted"), .steps = LIST(post_hook), .handler = POSTED},
        {.event = STRING("handshake"), .handler = HANDSHAKE},
        {.event = STRING("data"), .handler = DATA},
    };
    static namespace namespaces[] = {{
        .name = STRING("/"),
        .routes = LIST(routes),
        .on_connection = true,
        .on_disconnection = true,
        .handle_error = true,
    }};
    *ret = (manifest){.sdk = STRING("raw C"),
                      .namespaces = LIST(namespaces),
                      .schemas = LIST(schemas),
                      .hook_names = LIST(hook_names)};
}

bool on_connection(thrown *thrown) {
    handshake came;
    error error;
    if (!stockade_handler_socket_handshake(&came, &error)) {
        return throw_host_error(thrown, &error);
    }
    if (json_is(json_member(came.auth, "refuse"), "true")) {
        return throw_error(thrown, "Error", STRING("refused by guest"));
    }
    strings rooms = LIST(some_room);
    return stockade_handler_socket_join(&rooms, &error) || throw_host_error(thrown, &error);
}

bool on_disconnection(string *, thrown *thrown) {
    string id;
    error error;
    if (!stockade_handler_socket_id(&id, &error)) {
        return throw_host_error(thrown, &error);
    }
    return emit_to((target){.rooms = LIST(some_room)}, "left", format("[%q]", id), &error) ||
           throw_host_error(thrown, &error);
}

bool run_hook(uint32_t hook, hook_outcome *ret, thrown *) {
    if (hook == REGISTERS_POST_HOOK) {
        ret->tag = EXPORTS_STOCKADE_HANDLER_CONTROLLER_HOOK_OUTCOME_POST_HOOK;
        ret->val.post_hook = REPLACES_RESPONSE;
    } else if (json_is_text(json_member(input(), "name"))) {
        ret->tag = EXPORTS_STOCKADE_HANDLER_CONTROLLER_HOOK_OUTCOME_PASS;
    } else {
        ret->tag = EXPORTS_STOCKADE_HANDLER_CONTROLLER_HOOK_OUTCOME_ANSWER;
        ret->val.answer = failed(STRING("\"Invalid name type\""));
    }
    return true;
}

bool run_post_hook(uint32_t, response *, option_response *ret, thrown *) {
    *ret = (option_response){true, ok(STRING("{\"post\":true}"))};
    return true;
}

bool handle_error(thrown *error, response *ret, thrown *err) {
    if (equal(error->name, "PermissionDenied")) {
        *ret = failed(STRING("\"Permission is denied\""));
        return true;
    }
    *err = *error;
    return false;
}

static bool echo(response *ret) {
    option_content given = input_content();
    ret->val.ok.is_some = given.is_some;
    ret->val.ok.val = given.val;
    return true;
}

static bool echo_arguments(enum handler handler, response *ret, error *error) {
    payload arguments;
    if (!stockade_handler_context_arguments(&arguments, error)) {
        return false;
    }
    if (handler == RAW) {
        *ret = raw(arguments);
    } else {
        ret->val.ok.is_some = true;
        ret->val.ok.val = arguments;
    }
    return true;
}

static bool say(error *error) {
    string given = input();
    string to[] = {json_text(json_member(given, "room"))};
    return emit_to((target){.rooms = LIST(to)}, "said", format("[%S]", json_member(given, "text")), error);
}

static bool join(error *error) {
    string names[] = {json_text(input())};
    strings rooms = LIST(names);
    return stockade_handler_socket_join(&rooms, error);
}

static string object_of(pairs pairs) {
    string text = STRING("");
    for (size_t i = 0; i < pairs.len; i++) {
        text = format("%S%s%q:%q", text, i == 0 ? "" : ",", pairs.ptr[i].f0, pairs.ptr[i].f1);
    }
    return format("{%S}", text);
}

static bool describe_handshake(response *ret, error *error) {
    handshake came;
    if (!stockade_handler_socket_handshake(&came, error)) {
        return false;
    }
    *ret = ok(format("{\"query\":%S,\"auth\":%S,\"address\":%q,\"headers\":%d}", object_of(came.query), came.auth,
                     came.address, (int)came.headers.len));
    return true;
}

static bool count_in_data(response *ret, error *error) {
    guest_option_string_t data;
    if (!stockade_handler_socket_data(&data, error)) {
        return false;
    }
    string count = format("%d", (data.is_some ? json_integer(data.val) : 0) + 1);
    *ret = ok(count);
    return stockade_handler_socket_set_data(&count, error);
}

static bool answer(enum handler handler, response *ret, error *error) {
    *ret = ok_nothing();
    switch (handler) {
    case ECHO:
        return echo(ret);
    case ARGUMENTS:
    case RAW:
        return echo_arguments(handler, ret, error);
    case FAIL:
        *ret = failed(STRING("{\"reason\":\"no\"}"));
        return true;
    case CREATE_PRODUCT:
        return emit_to(EVERYONE, "refresh products", STRING("[]"), error);
    case BROADCAST:
        return emit_to(EVERYONE, "event 1", STRING("[\"first message\"]"), error) &&
               emit_to(EVERYONE, "event 1", STRING("[\"second message\"]"), error);
    case NUDGE_ROOM:
        return emit_to((target){.rooms = LIST(some_room)}, "event 2", STRING("[]"), error);
    case JOIN:
        return join(error);
    case SAY:
        return say(error);
    case EMIT_SELF:
        return emit("event 1", STRING("[\"first message\"]"), error) &&
               emit("event 1", STRING("[\"second message\"]"), error);
    case POSTED:
        *ret = ok(STRING("\"handled\""));
        return true;
    case HANDSHAKE:
        return describe_handshake(ret, error);
    case DATA:
        return count_in_data(ret, error);
    default:
        return true;
    }
}

bool handle_event(uint32_t handler, string *, response *ret, thrown *thrown) {
    if (handler == THROW) {
        return throw_error(thrown, "PermissionDenied", STRING("not yours"));
    }
    if (handler == THROW_OTHER) {
        return throw_error(thrown, "Error", STRING("something else"));
    }
    error error;
    return answer(handler, ret, &error) || throw_host_error(thrown, &error);
}
