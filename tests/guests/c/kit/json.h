// Just enough JSON to read what tests send: values stay text, and are trusted to be JSON because the host promises it.

#pragma once

#include "kit.h"

// The value of a member, or nothing (a null pointer) where the object has none or is no object.
string json_member(string object, const char *name);
// The element of an array, or nothing.
string json_element(string array, size_t index);
bool json_is_text(string value);
// A string value without its quotes and escapes; empty where it is no string.
string json_text(string value);
// An integer value; 0 where it is none.
int json_integer(string value);
bool json_is(string value, const char *text);
