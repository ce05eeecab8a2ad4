/* Runs a program under a filter of system calls, as OpenWrt's procd does: under FILTER PROGRAM ARG…
 *
 * FILTER is the JSON that procd takes. It is read strictly: what is not understood is an error.
 * Names the headers this was built with do not have are skipped, as procd skips those it does not
 * know. A condition looks at the first four bytes of an argument, as procd's do: its lower half on
 * little-endian machines, its upper one, which is always zero, on a big-endian router.
 */
#define _GNU_SOURCE
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define ARCHITECTURE AUDIT_ARCH_ARM
#elif defined(__mips__) && defined(__MIPSEL__)
#define ARCHITECTURE AUDIT_ARCH_MIPSEL
#elif defined(__mips__)
#define ARCHITECTURE AUDIT_ARCH_MIPS
#else
#error "a processor this does not know"
#endif

enum {
    FILE_BYTES_MAX = 16384,
    WORD_BYTES_MAX = 64,
    NAMES_MAX = 200,
    CONDITIONS_MAX = 6,
    PROGRAM_MAX = 1024,
    /* Jumps are told in a byte. */
    JUMP_MAX = 255,
    CANNOT = 125
};

struct call {
    const char *name;
    uint32_t number;
};

/* Made by tests/seccomp/names. */
static const struct call calls[] = {
#include "names.h"
};

struct condition {
    uint32_t index, value, value_two;
    int is_masked;
};

struct rule {
    uint32_t numbers[NAMES_MAX], action;
    struct condition conditions[CONDITIONS_MAX];
    unsigned names, conditions_count;
};

static char text[FILE_BYTES_MAX + 1];
static const char *at = text;
static struct sock_filter program[PROGRAM_MAX];
static unsigned length;

static void fail(const char *words, ...)
{
    va_list arguments;
    va_start(arguments, words);
    fputs("under: ", stderr);
    vfprintf(stderr, words, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(CANNOT);
}

/* Reading. */

static char next(void)
{
    at += strspn(at, " \t\n");
    return *at;
}

static void take(char wanted)
{
    if (next() != wanted)
        fail("byte %td: no '%c'", at - text, wanted);
    at++;
}

/* Whether another member follows; else the end has been taken. */
static int goes_on(char end)
{
    if (next() == ',') {
        at++;
        return 1;
    }
    take(end);
    return 0;
}

static void read_word(char *word)
{
    take('"');
    size_t bytes = strcspn(at, "\"\\\n");
    if (at[bytes] != '"' || bytes == 0 || bytes >= WORD_BYTES_MAX)
        fail("byte %td: not a plain word", at - text);
    memcpy(word, at, bytes);
    word[bytes] = '\0';
    at += bytes + 1;
}

/* A key, which may come once; gives its place in the list. */
static unsigned read_key(const char *const *known, unsigned *seen)
{
    char word[WORD_BYTES_MAX];
    read_word(word);
    take(':');
    for (unsigned place = 0; known[place]; place++)
        if (strcmp(known[place], word) == 0) {
            if (*seen & 1U << place)
                fail("%s is there twice", word);
            *seen |= 1U << place;
            return place;
        }
    fail("no such key: %s", word);
    return 0;
}

static uint32_t read_number(void)
{
    next();
    size_t digits = strspn(at, "0123456789");
    if (digits == 0 || digits > 10 || (digits > 1 && *at == '0'))
        fail("byte %td: not a whole number", at - text);
    unsigned long long number = strtoull(at, NULL, 10);
    /* procd takes more for a number of another type. */
    if (number > INT32_MAX)
        fail("byte %td: more than 31 bits", at - text);
    at += digits;
    return (uint32_t)number;
}

static uint32_t read_action(void)
{
    char word[WORD_BYTES_MAX];
    read_word(word);
    if (strcmp(word, "SCMP_ACT_ALLOW") == 0)
        return SECCOMP_RET_ALLOW;
    if (strcmp(word, "SCMP_ACT_KILL_PROCESS") == 0)
        return SECCOMP_RET_KILL_PROCESS;
    fail("no action this knows: %s", word);
    return 0;
}

static void read_names(struct rule *rule)
{
    char word[WORD_BYTES_MAX];
    take('[');
    do {
        read_word(word);
        for (size_t one = 0; one < sizeof calls / sizeof *calls; one++)
            if (strcmp(calls[one].name, word) == 0) {
                if (rule->names == NAMES_MAX)
                    fail("too many names in one rule");
                rule->numbers[rule->names++] = calls[one].number;
            }
    } while (goes_on(']'));
}

static void read_condition(struct rule *rule)
{
    static const char *const keys[] = {"index", "value", "valueTwo", "op", NULL};
    enum { INDEX, VALUE, VALUE_TWO, OP };
    char word[WORD_BYTES_MAX];
    unsigned seen = 0;
    if (rule->conditions_count == CONDITIONS_MAX)
        fail("too many conditions");
    struct condition *one = &rule->conditions[rule->conditions_count++];
    take('{');
    do {
        switch (read_key(keys, &seen)) {
        case INDEX:
            one->index = read_number();
            break;
        case VALUE:
            one->value = read_number();
            break;
        case VALUE_TWO:
            one->value_two = read_number();
            break;
        case OP:
            read_word(word);
            one->is_masked = strcmp(word, "SCMP_CMP_MASKED_EQ") == 0;
            if (!one->is_masked && strcmp(word, "SCMP_CMP_EQ") != 0)
                fail("no comparison this knows: %s", word);
        }
    } while (goes_on('}'));
    unsigned wanted = 1U << INDEX | 1U << VALUE | 1U << OP;
    if (seen != (one->is_masked ? wanted | 1U << VALUE_TWO : wanted) || one->index > 5)
        fail("byte %td: not a whole condition", at - text);
}

/* Building. */

static void add(uint16_t code, unsigned jump_true, unsigned jump_false, uint32_t value)
{
    if (length == PROGRAM_MAX || jump_true > JUMP_MAX || jump_false > JUMP_MAX)
        fail("the filter is too long");
    program[length++] =
        (struct sock_filter){code, (uint8_t)jump_true, (uint8_t)jump_false, value};
}

static void build_rule(const struct rule *rule)
{
    unsigned body = 1;
    for (unsigned one = 0; one < rule->conditions_count; one++)
        body += rule->conditions[one].is_masked ? 3 : 2;
    add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
    for (unsigned left = rule->names; left > 0; left--)
        add(BPF_JMP | BPF_JEQ | BPF_K, left - 1, left == 1 ? body : 0,
            rule->numbers[rule->names - left]);
    for (unsigned one = 0; one < rule->conditions_count; one++) {
        const struct condition *condition = &rule->conditions[one];
        add(BPF_LD | BPF_W | BPF_ABS, 0, 0,
            (uint32_t)(offsetof(struct seccomp_data, args) + 8 * condition->index));
        body--;
        if (condition->is_masked) {
            add(BPF_ALU | BPF_AND | BPF_K, 0, 0, condition->value);
            body--;
        }
        body--;
        add(BPF_JMP | BPF_JEQ | BPF_K, 0, body,
            condition->is_masked ? condition->value_two : condition->value);
    }
    add(BPF_RET | BPF_K, 0, 0, rule->action);
}

static void read_rule(void)
{
    static const char *const keys[] = {"names", "action", "args", NULL};
    enum { NAMES, ACTION, ARGS };
    struct rule rule = {0};
    unsigned seen = 0;
    take('{');
    do {
        switch (read_key(keys, &seen)) {
        case NAMES:
            read_names(&rule);
            break;
        case ACTION:
            rule.action = read_action();
            break;
        case ARGS:
            take('[');
            do {
                read_condition(&rule);
            } while (goes_on(']'));
        }
    } while (goes_on('}'));
    if (!(seen & 1U << NAMES) || !(seen & 1U << ACTION))
        fail("byte %td: a rule without names or action", at - text);
    /* procd would take it for one that all calls fall under. */
    if (rule.names == 0)
        fail("byte %td: a rule of which no name is known here", at - text);
    build_rule(&rule);
}

static void read_filter(void)
{
    static const char *const keys[] = {"defaultAction", "syscalls", NULL};
    enum { DEFAULT_ACTION, SYSCALLS };
    uint32_t otherwise = 0;
    unsigned seen = 0;
    add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
    add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCHITECTURE);
    add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
    take('{');
    do {
        switch (read_key(keys, &seen)) {
        case DEFAULT_ACTION:
            otherwise = read_action();
            break;
        case SYSCALLS:
            take('[');
            do {
                read_rule();
            } while (goes_on(']'));
        }
    } while (goes_on('}'));
    if (next() != '\0' || seen != (1U << DEFAULT_ACTION | 1U << SYSCALLS))
        fail("byte %td: not a whole filter", at - text);
    add(BPF_RET | BPF_K, 0, 0, otherwise);
}

static void load(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        fail("%s: %m", path);
    size_t bytes = fread(text, 1, sizeof text, file);
    if (ferror(file) || bytes == 0 || bytes > FILE_BYTES_MAX || memchr(text, 0, bytes))
        fail("%s: not a text of up to %d bytes", path, FILE_BYTES_MAX);
    fclose(file);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        fail("usage: under FILTER PROGRAM [ARGUMENT…]");
    load(argv[1]);
    read_filter();
    struct sock_fprog all = {(unsigned short)length, program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        fail("no_new_privs: %m");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) != 0)
        fail("the filter: %m");
    execv(argv[2], argv + 2);
    /* What it would take to say why may not be allowed any more. */
    _exit(CANNOT + 1);
}
