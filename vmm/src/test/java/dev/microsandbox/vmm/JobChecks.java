package dev.microsandbox.vmm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Checks of jobs in a real guest.
 *
 * @param slowness how many times longer its commands may take than on a processor
 */
record JobChecks(Sandbox sandbox, int slowness) {

    /** An offset that no log reaches, so that a read waits only for the job's end. */
    private static final long NEVER = Long.MAX_VALUE;

    void outlivesTheCallThatStartedIt() throws Exception {
        String id = start("echo out; echo err >&2; echo $VALUE; sleep 0.5; pwd; exit 3");
        assertThat(id).matches("j[0-9]+-[0-9a-f]{4}");
        Job job = end(id);
        assertThat(job.label()).isEqualTo("a job");
        assertThat(job.exit().kind()).isEqualTo(Exit.Kind.EXITED);
        assertThat(job.exit().code()).isEqualTo(3);
        assertThat(job.exit().wallTime()).isGreaterThan(Duration.ofMillis(400));
        assertThat(job.stopped()).isFalse();
        assertThat(job.processesLeft()).isFalse();
        String printed = "out\nerr\nvalue\n/tmp\n";
        assertThat(job.logBytes()).isEqualTo(printed.length());
        assertThat(text(id, 0)).isEqualTo(printed);
        assertThat(text(id, 4)).isEqualTo(printed.substring(4));
        assertThat(text(id, printed.length())).isEmpty();
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        sandbox.files().read(job.exit().logPath(), 0, SandboxFiles.TO_END, log);
        assertThat(log.toString(UTF_8)).isEqualTo(printed);
        assertThat(sandbox.jobs().list()).extracting(Job::id).contains(id);
    }

    void whoWaitsGetsNewsAtOnce() throws Exception {
        String id =
                start(
                        "trap 'echo bye; exit 5' INT; sleep 1; echo now; while :; do sleep 0.1; done");
        long start = System.nanoTime();
        JobOutput output = sandbox.jobs().read(id, 0, 100, Duration.ofSeconds(60L * slowness));
        assertThat(new String(output.bytes(), UTF_8)).isEqualTo("now\n");
        assertThat(output.job().isRunning()).isTrue();
        JobOutput nothing = sandbox.jobs().read(id, 4, 100, Duration.ofMillis(300));
        assertThat(nothing.bytes()).isEmpty();
        Job _ = sandbox.jobs().stop(id, 2);
        Job job = end(id);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isLessThan(Duration.ofSeconds(50L * slowness));
        assertThat(job.exit().code()).isEqualTo(5);
        assertThat(job.stopped()).isTrue();
        assertThat(text(id, 4)).isEqualTo("bye\n");
    }

    void isStoppedWithAllThatItStarted() throws Exception {
        String id =
                start(
                        """
                        setsid sh -c 'trap "" TERM; echo $$; while :; do sleep 0.2; done' &
                        (trap '' TERM; echo $BASHPID; while :; do sleep 0.2; done) &
                        setsid sleep 984 & echo $!
                        trap '' TERM; echo $$; while :; do sleep 0.2; done
                        """);
        List<String> processes = lines(id, 4);
        Job _ = sandbox.jobs().stop(id, 0);
        Job job = end(id);
        assertThat(job.exit().kind()).isEqualTo(Exit.Kind.SIGNALED);
        assertThat(job.exit().code()).isEqualTo(9);
        assertThat(job.exit().timedOut()).isFalse();
        for (String process : processes) {
            awaitGone(process);
        }
        assertThat(read(id, NEVER).job().processesLeft()).isFalse();
        assertThat(sandbox.jobs().stop(id, 0).stopped()).isTrue();

        Job polite = end(startAndStop("echo up; sleep 983", "up\n"));
        assertThat(polite.exit().code()).isEqualTo(15);
        Job late =
                end(
                        sandbox.jobs()
                                .start(bash("sleep 982").withTimeout(Duration.ofMillis(500)), ""));
        assertThat(late.exit().timedOut()).isTrue();
        assertThat(late.stopped()).isFalse();
    }

    private String startAndStop(String script, String printed) throws Exception {
        String id = start(script);
        assertThat(new String(wait(id, 0).bytes(), UTF_8)).isEqualTo(printed);
        Job _ = sandbox.jobs().stop(id, 0);
        return id;
    }

    void whatItLeavesRunningIsStillItsOwn() throws Exception {
        String id =
                start("setsid sh -c 'while :; do echo tick; sleep 0.02; done' & echo $!; exit 0");
        Job job = end(id);
        assertThat(job.exit().isSuccess()).isTrue();
        assertThat(job.processesLeft()).isTrue();
        long deadline = System.nanoTime() + Duration.ofSeconds(10L * slowness).toNanos();
        while (read(id, NEVER).job().logBytes() <= job.logBytes() + 5) {
            assertThat(System.nanoTime()).as("what it prints").isLessThan(deadline);
            Thread.sleep(50);
        }
        String process = lines(id, 1).getFirst();
        Job _ = sandbox.jobs().stop(id, 0);
        awaitGone(process);
    }

    void itsLogIsBounded() throws Exception {
        String id = start("echo begin; yes | head -c 18000000; echo end");
        Job job = end(id);
        assertThat(job.logBytes()).isEqualTo(18_000_010);
        assertThat(job.dropped()).isZero();
        long kept = SandboxJobs.LOG_HEAD + job.logBytes() - job.omittedTo();
        assertThat(kept).isBetween(15L << 20, 16L << 20);
        assertThat(text(id, 0)).startsWith("begin\ny\n").hasSize(SandboxJobs.MAX_READ);
        assertThat(text(id, SandboxJobs.LOG_HEAD - 4)).isEqualTo("y\ny\n");
        JobOutput after = read(id, SandboxJobs.LOG_HEAD);
        assertThat(after.offset()).isEqualTo(job.omittedTo());
        assertThat(new String(after.bytes(), UTF_8))
                .isEqualTo("y\n".repeat(SandboxJobs.MAX_READ / 2));
        assertThat(text(id, job.logBytes() - 6)).isEqualTo("y\nend\n");
        Recorder output = new Recorder();
        sandbox.exec(ExecRequest.of("du", "-k", job.exit().logPath()), output);
        assertThat(Long.parseLong(output.out().split("\t", -1)[0])).isLessThan(17 << 10);
    }

    void whatCannotBeSaysWhy() throws Exception {
        SandboxJobs jobs = sandbox.jobs();
        assertStatus(GuestException.ENOENT, () -> jobs.start(ExecRequest.of("nosuchprogram"), ""));
        assertStatus(
                GuestException.ENOENT,
                () -> jobs.start(ExecRequest.of("ls").withDirectory("/nowhere"), ""));
        assertStatus(
                GuestException.BAD_ARGUMENT,
                () -> jobs.start(ExecRequest.of("ls"), "x".repeat(201)));
        assertStatus(GuestException.ESRCH, () -> jobs.read("j999-0000", 0, 1, Duration.ZERO));
        assertStatus(GuestException.ESRCH, () -> jobs.stop("no such job", 0));
        List<String> running = new ArrayList<>();
        assertStatus(
                GuestException.EBUSY,
                () -> {
                    for (int i = 0; i < 40; i++) {
                        running.add(jobs.start(ExecRequest.of("sleep", "981"), "sleeper"));
                    }
                });
        assertThat(running).hasSizeBetween(30, 32);
        for (String id : running) {
            Job _ = jobs.stop(id, 9);
        }
        for (String id : running) {
            assertThat(end(id).exit().code()).isEqualTo(9);
        }
        String id = jobs.start(ExecRequest.of("true"), "");
        assertThat(end(id).exit().isSuccess()).isTrue();
    }

    void manyLeaveNothing() throws Exception {
        SandboxJobs jobs = sandbox.jobs();
        String id = jobs.start(ExecRequest.of("echo", "x"), "");
        Job _ = end(id);
        String groups = "ls -d /sys/fs/cgroup/[0-9]* | wc -l";
        int before = Integer.parseInt(output(groups));
        SandboxInfo info = sandbox.info();
        for (int i = 0; i < 110; i++) {
            id = jobs.start(ExecRequest.of("echo", "x"), "");
            assertThat(end(id).exit().isSuccess()).isTrue();
        }
        assertThat(jobs.list()).hasSize(100).last().extracting(Job::id).isEqualTo(id);
        assertThat(text(id, 0)).isEqualTo("x\n");
        assertThat(Integer.parseInt(output(groups))).isLessThanOrEqualTo(before + 4);
        assertThat(Integer.parseInt(output("ls /var/log/microsandbox/j* | wc -l")))
                .isLessThanOrEqualTo(101);
        assertThat(sandbox.info().processes()).isLessThanOrEqualTo(info.processes() + 1);
        assertThat(sandbox.info().memoryUsed() - info.memoryUsed()).isLessThan(8 << 20);
    }

    private String start(String script) throws InterruptedException {
        return sandbox.jobs()
                .start(bash(script).withEnvironment(Map.of("VALUE", "value")), "a job");
    }

    private static ExecRequest bash(String script) {
        return ExecRequest.of("bash", "-c", script).withDirectory("/tmp");
    }

    private Job end(String id) throws InterruptedException {
        Job job = wait(id, NEVER).job();
        assertThat(job.isRunning()).as("%s", job).isFalse();
        return job;
    }

    private JobOutput wait(String id, long offset) throws InterruptedException {
        return sandbox.jobs()
                .read(id, offset, SandboxJobs.MAX_READ, Duration.ofSeconds(60L * slowness));
    }

    private JobOutput read(String id, long offset) throws InterruptedException {
        return sandbox.jobs().read(id, offset, SandboxJobs.MAX_READ, Duration.ZERO);
    }

    private String text(String id, long offset) throws InterruptedException {
        return new String(read(id, offset).bytes(), UTF_8);
    }

    private List<String> lines(String id, int count) throws InterruptedException {
        long seen = 0;
        while (text(id, 0).lines().count() < count) {
            JobOutput output = wait(id, seen);
            assertThat(output.bytes()).as("output of %s", id).isNotEmpty();
            seen += output.bytes().length;
        }
        return text(id, 0).lines().toList();
    }

    private String output(String script) throws InterruptedException {
        Recorder output = new Recorder();
        sandbox.exec(ExecRequest.of("bash", "-c", script), output);
        return output.out().strip();
    }

    private void awaitGone(String process) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(10L * slowness).toNanos();
        while (output("test -e /proc/%s && echo there".formatted(process)).equals("there")) {
            assertThat(System.nanoTime()).as("process %s", process).isLessThan(deadline);
            Thread.sleep(50);
        }
    }

    private interface Call {
        void call() throws Exception;
    }

    private static void assertStatus(int status, Call call) {
        assertThatThrownBy(call::call)
                .isInstanceOfSatisfying(
                        GuestException.class,
                        e -> assertThat(e.status()).as(e.getMessage()).isEqualTo(status));
    }
}
