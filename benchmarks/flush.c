/* A slower disk: preloaded into a server, it adds a delay to every flush, and counts the flushes.
 *
 * FLUSH_CONTROL names a file of two 64-bit numbers that the benchmark and the servers share: the microseconds to add to each
 * fsync and fdatasync, and how many of them there have been. Without the file nothing is added. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct control {
    _Atomic int64_t microseconds;
    _Atomic int64_t flushes;
};

static struct control *control;

__attribute__((constructor)) static void open_control(void)
{
    const char *path = getenv("FLUSH_CONTROL");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;

    void *shared = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED)
        control = shared;
    close(file);
}

static int flush(long call, int file)
{
    if (control) {
        atomic_fetch_add_explicit(&control->flushes, 1, memory_order_relaxed);
        int64_t wait = atomic_load_explicit(&control->microseconds, memory_order_relaxed);
        struct timespec left = { wait / 1000000, wait % 1000000 * 1000 };
        while (wait > 0 && nanosleep(&left, &left) && errno == EINTR)
            continue;
    }
    return syscall(call, file);
}

int fsync(int file)
{
    return flush(SYS_fsync, file);
}

int fdatasync(int file)
{
    return flush(SYS_fdatasync, file);
}
