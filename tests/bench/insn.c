/* A qemu-user plugin that counts the instructions and system calls of one process.
 *
 * Debian's qemu 7.2 can load plugins but ships no header for them, so the few prototypes needed
 * (plugin API version 1) are declared here. A forked child counts into its own copy and replaces
 * it at exec, so what is printed is the process itself.
 *   cc -O2 -shared -fPIC -o insn.so insn.c
 *   qemu-mips -plugin ./insn.so -d plugin -D count.txt PROGRAM
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;

typedef void (*on_block)(plugin_id, struct qemu_plugin_tb *);
typedef void (*on_syscall)(plugin_id, unsigned cpu, int64_t number, uint64_t, uint64_t, uint64_t,
                           uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
typedef void (*on_exit)(plugin_id, void *);

enum { INLINE_ADD_U64 = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, on_block);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int op, void *counter,
                                              uint64_t add);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
void qemu_plugin_register_vcpu_syscall_cb(plugin_id, on_syscall);
void qemu_plugin_register_atexit_cb(plugin_id, on_exit, void *);
void qemu_plugin_outs(const char *);

int qemu_plugin_version = 1;

static uint64_t instructions, syscalls;

static void translated(plugin_id id, struct qemu_plugin_tb *block)
{
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(block, INLINE_ADD_U64, &instructions,
                                             qemu_plugin_tb_n_insns(block));
}

static void called(plugin_id id, unsigned cpu, int64_t number, uint64_t a, uint64_t b, uint64_t c,
                   uint64_t d, uint64_t e, uint64_t f, uint64_t g, uint64_t h)
{
    (void)id, (void)cpu, (void)number;
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
    syscalls++;
}

static void finished(plugin_id id, void *unused)
{
    char line[96];
    (void)id, (void)unused;
    snprintf(line, sizeof line, "instructions %" PRIu64 " syscalls %" PRIu64 "\n", instructions,
             syscalls);
    qemu_plugin_outs(line);
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
    (void)info, (void)argc, (void)argv;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_vcpu_syscall_cb(id, called);
    qemu_plugin_register_atexit_cb(id, finished, NULL);
    return 0;
}
