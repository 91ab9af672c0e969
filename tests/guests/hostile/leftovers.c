// Looks for what an earlier event has left in its memory and its globals, answers what it found, and leaves something in
// all of them: in data, in zeros, on the stack, on the heap, in the last page, and in a global of its own.
//
// The payload says what else to leave behind: `"grown"` a larger memory, `"handle"` a handle that is not dropped,
// `"handles"` numbers of handles in another order.
#include "kit.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 65536, BLOCK = 20000 };

__asm__(".globaltype kept, i64\n"
        "kept:\n");

static volatile uint8_t data[BLOCK] = {1};
static volatile uint8_t zeros[BLOCK];

static int64_t global(void) {
    int64_t value;
    __asm__("global.get kept\n\tlocal.set %0" : "=r"(value));
    return value;
}

static void set_global(int64_t value) {
    __asm__ volatile("local.get %0\n\tglobal.set kept" ::"r"(value));
}

// What all of memory adds up to, but for the part of the stack that this event uses.
static uint32_t sum(uintptr_t stack) {
    uint32_t sum = 0;
    size_t size = __builtin_wasm_memory_size(0) * PAGE;
    for (uintptr_t place = 1024; place < size; place++) {
        if (place < stack - BLOCK * 4 || place > stack) {
            sum = sum * 31 + *(volatile uint8_t *)place;
        }
    }
    return sum;
}

static uint32_t stack_sum(void) {
    volatile uint8_t stack[BLOCK];
    uint32_t sum = 0;
    for (size_t place = 0; place < BLOCK; place++) {
        sum += stack[place];
        stack[place] = 7;
    }
    return sum;
}

static void leave_numbers_of_handles(void) {
    wasi_cli_stdout_own_output_stream_t first = wasi_cli_stdout_get_stdout();
    wasi_cli_stdout_own_output_stream_t second = wasi_cli_stdout_get_stdout();
    wasi_io_streams_output_stream_drop_own(first);
    wasi_io_streams_output_stream_drop_own(second);
}

response attack(void) {
    volatile uint8_t top;
    string wish = input();
    uint32_t memory = sum((uintptr_t)&top), stack = stack_sum();
    int64_t kept = global();
    wasi_cli_stdout_own_output_stream_t handle = wasi_cli_stdout_get_stdout();
    int number = handle.__handle;

    set_global(kept + 1);
    data[0]++;
    data[BLOCK - 1]++;
    zeros[0]++;
    zeros[BLOCK - 1]++;
    memset(malloc(BLOCK), 9, BLOCK);
    *(volatile uint8_t *)(__builtin_wasm_memory_size(0) * PAGE - 1) += 1;
    if (equal(wish, "\"grown\"")) {
        __builtin_wasm_memory_grow(0, 1);
    }
    if (!equal(wish, "\"handle\"")) {
        wasi_io_streams_output_stream_drop_own(handle);
    }
    if (equal(wish, "\"handles\"")) {
        leave_numbers_of_handles();
    }
    return ok(format("{\"memory\":%d,\"stack\":%d,\"global\":%d,\"handle\":%d}", (int)(memory & 0xffffff),
                     (int)stack, (int)kept, number));
}
