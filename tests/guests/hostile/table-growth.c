// clang: -mreference-types
// Grows a table until that is refused, and answers how many elements it then has.
#include "kit.h"

static __externref_t table[0];

response attack(void) {
    while (__builtin_wasm_table_grow(table, __builtin_wasm_ref_null_extern(), 100000) != -1) {
    }
    return ok(format("{\"elements\":%d}", (int)__builtin_wasm_table_size(table)));
}
