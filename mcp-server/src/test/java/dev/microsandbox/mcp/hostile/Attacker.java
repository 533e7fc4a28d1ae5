package dev.microsandbox.mcp.hostile;

import dev.microsandbox.mcp.endtoend.Installation;
import dev.microsandbox.mcp.hostile.Marks.Finding;
import dev.microsandbox.mcp.hostile.Snippet.Manner;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Runs snippets in a session. After each one it checks whether the result was true and the session
 * still works. Not thread-safe.
 *
 * <p>An answer is late if it arrives more than 5 s after the time-out. This does not count the time
 * that the host made the canary wait (twice, because there are several round trips, plus one second
 * for the rest). If a call found its interpreter ended, the time begins when the new interpreter
 * has started: a start takes seconds of computing, which the canary's light calls do not measure.
 */
final class Attacker implements AutoCloseable {

    private static final List<String> LANGUAGES = List.of("python", "javascript", "shell");
    private static final Duration GRACE = Duration.ofSeconds(5);

    /** The limit for calls that have no time-out. */
    private static final Duration LONG = Duration.ofSeconds(60);

    /** How many canary calls the longest such call may take: a restore starts a machine. */
    private static final int WORK_OF_LONG = 12;

    private static final List<String> ODD_PATHS =
            List.of(
                    "/proc/self/mem",
                    "/proc/kmsg",
                    "/dev/zero",
                    "/dev/stdin",
                    "/proc/1/fd/0",
                    "/tmp/c1",
                    "/dev/vport0p1",
                    "/proc/sysrq-trigger",
                    "/dev/full",
                    "/sys/kernel",
                    "a\nb",
                    "x".repeat(5000),
                    "/tmp",
                    "");

    private final Installation.Server server;
    private final Canary canary;
    private final Tally tally;
    private Target target;
    private Marks marks;

    /** Languages whose interpreter has run code that may break it; the damage may show later. */
    private final Set<String> harmed = new HashSet<>();

    Attacker(Installation.Server server, Canary canary, Tally tally)
            throws IOException, InterruptedException {
        this.server = server;
        this.canary = canary;
        this.tally = tally;
        target = new Target(server, canary);
        marks = new Marks(target);
    }

    void run(Snippet drawn) throws IOException, InterruptedException {
        Snippet snippet = drawn.slowed(canary.slowness());
        tally.count("snippets");
        tally.count("snippets: " + snippet.language());
        tally.count("manner: " + snippet.manner());
        Random random = new Random(snippet.seed() + 1);
        String language =
                snippet.language().equals(Snippet.COMMAND)
                        ? LANGUAGES.get(random.nextInt(LANGUAGES.size()))
                        : snippet.language();
        if (!marks.has(language) && !marks.set(language)) {
            if (!isTooSlow()) {
                tally.incident("no mark could be set beforehand", snippet, marks.last());
            }
            renew();
            return;
        }
        boolean saved =
                snippet.manner() == Manner.RESTORED || snippet.manner() == Manner.RESTORED_AFTER;
        if (saved && !save(snippet)) {
            renew();
            return;
        }
        Reply reply = attack(snippet, random);
        judgeTime(snippet, reply);
        boolean fine;
        if (saved) {
            fine = lookAfterRestore(snippet, language);
        } else if (snippet.has(Tag.ROOT)) {
            // What is left of the machine must answer in time; nothing more is required.
            tally.count("root: " + (reply.isResult() ? "result" : "error"));
            inTime("probe after root", snippet, command("echo alive"), LONG);
            fine = false;
        } else {
            fine = look(snippet, language, reply, random) && lookAtCommand(snippet);
        }
        if (fine && snippet.has(Tag.LINGERS) && !saved) {
            fine = isHealed(language, random) && heal(snippet, language, true);
        }
        if (!fine || random.nextInt(40) == 0) {
            renew();
        }
    }

    private Reply attack(Snippet snippet, Random random) throws IOException, InterruptedException {
        Target.Call call =
                target.start(
                        snippet.tool(),
                        snippet.arguments(),
                        Duration.ofMinutes(3).plusMillis((long) (snippet.seconds() * 1000)));
        if (snippet.manner() == Manner.ALONE || snippet.manner() == Manner.RESTORED_AFTER) {
            return call.reply();
        }
        for (int waited = 0; waited < snippet.moment() && !call.isDone(); waited += 20) {
            Thread.sleep(20);
        }
        switch (snippet.manner()) {
            case CANCELLED -> {
                long start = System.nanoTime();
                call.cancel();
                Reply reply = call.reply();
                inTime("cancelled call", snippet, since(reply, start), GRACE);
            }
            case DISCONNECTED -> call.disconnect();
            case RESET -> {
                marks.forget();
                Reply reset = target.call("reset_interpreter", Map.of());
                inTime("reset", snippet, reset, LONG);
                if (!reset.isResult() && !snippet.has(Tag.ROOT)) {
                    tally.incident("reset failed", snippet, reset.text());
                }
            }
            case BESIDE -> {
                Reply beside = command("echo beside; sleep 0.1");
                inTime("command beside", snippet, beside, Duration.ofSeconds(30));
                if (!beside.isResult() && snippet.tags().isEmpty()) {
                    tally.incident("command beside failed", snippet, beside.text());
                }
            }
            case FILES -> files(snippet, random);
            case RESTORED -> restore(snippet);
            default -> throw new IllegalStateException(snippet.manner().toString());
        }
        return call.reply();
    }

    private Reply since(Reply reply, long start) {
        return new Reply(
                reply.answer(),
                Duration.ofNanos(System.nanoTime() - start),
                canary.worstSince(start),
                reply.failure());
    }

    private void files(Snippet snippet, Random random) throws InterruptedException {
        for (int i = 0; i < 4; i++) {
            String path = ODD_PATHS.get(random.nextInt(ODD_PATHS.size()));
            Reply reply =
                    switch (random.nextInt(5)) {
                        case 0 -> target.call("list_files", Map.of("path", path, "depth", 20));
                        case 1 ->
                                target.call(
                                        "write_file", Map.of("path", path, "content", "hostile"));
                        case 2 ->
                                target.call(
                                        "edit_file",
                                        Map.of("path", path, "old_string", "a", "new_string", "b"));
                        case 3 ->
                                target.call(
                                        "read_file", Map.of("path", path, "encoding", "base64"));
                        default -> target.call("read_file", Map.of("path", path));
                    };
            tally.count("file tools on odd paths");
            inTime("file tool on '" + path + "'", snippet, reply, LONG);
        }
    }

    private boolean save(Snippet snippet) throws InterruptedException {
        return succeeds("checkpoint", Map.of("name", "before"), snippet);
    }

    private boolean restore(Snippet snippet) throws InterruptedException {
        return succeeds("restore", Map.of("checkpoint", "before"), snippet);
    }

    /** Calls a tool that is counted, and that may take long but must not fail. */
    private boolean succeeds(String tool, Map<String, Object> arguments, Snippet snippet)
            throws InterruptedException {
        Reply reply = target.call(tool, arguments);
        inTime(tool, snippet, reply, LONG);
        tally.count(tool + "s");
        if (!reply.isResult()) {
            tally.incident("no " + tool, snippet, reply.text());
        }
        return reply.isResult();
    }

    /**
     * Whatever the snippet did, the computer is in its former state, including what earlier code
     * has left, such as an alarm whose handler raises in the cell that checks.
     */
    private boolean lookAfterRestore(Snippet snippet, String language) throws InterruptedException {
        if (snippet.manner() == Manner.RESTORED_AFTER && !restore(snippet)) {
            return false;
        }
        Finding finding = marks.look(language);
        String said = marks.last();
        marks.forget();
        boolean right = finding == Finding.RIGHT;
        if (harmed.contains(language)) {
            tally.count("restored as it was, harmed: " + finding);
        } else if (!right) {
            tally.incident("after the restore the state is not there", snippet, said);
        }
        Reply deleted = target.call("delete_checkpoint", Map.of("checkpoint", "before"));
        if (!deleted.isResult()) {
            tally.incident("the checkpoint cannot be deleted", snippet, deleted.text());
        }
        return right;
    }

    /**
     * Whether to keep repairing a session or to replace it with a new one. A new session is a clone
     * of the template in which all interpreters run, and starting one occupies the processor for
     * long.
     */
    private static boolean isHealed(String language, Random random) {
        return language.equals("shell") || random.nextInt(12) == 0;
    }

    private boolean look(Snippet snippet, String language, Reply reply, Random random)
            throws InterruptedException {
        tally.count("answer: " + said(reply));
        boolean strict = snippet.tags().isEmpty() && !harmed.contains(language);
        if (snippet.has(Tag.HARMS)) {
            harmed.add(language);
        }
        boolean undisturbed =
                snippet.manner() == Manner.ALONE
                        || snippet.manner() == Manner.BESIDE
                        || snippet.manner() == Manner.FILES;
        if (strict && undisturbed && !reply.isResult()) {
            tally.incident("no result", snippet, reply.text());
        }
        if (reply.hasNotice()) {
            tally.incident("the machine was lost before this", snippet, reply.text());
        }
        boolean ended = reply.fact("state").equals("lost") || snippet.manner() == Manner.RESET;
        if (ended && !isHealed(language, random)) {
            boolean works = marks.set("shell");
            if (!works && strict) {
                tally.incident("the shell is broken", snippet, marks.last());
            }
            tally.count("state afterwards: lost, as was said");
            return false;
        }
        boolean had = marks.has(language);
        Finding finding = marks.look(language);
        tally.count("state afterwards: " + finding);
        String state = reply.fact("state");
        if (finding == Finding.BROKEN && isTooSlow()) {
            return false;
        }
        if (strict && undisturbed && had) {
            boolean lost = state.equals("lost");
            if (finding != (lost ? Finding.GONE : Finding.RIGHT)) {
                tally.incident(
                        "state=" + state + ", but it is " + finding,
                        snippet,
                        reply.text() + "\n-- probe: " + marks.last());
            }
        } else if (strict && finding == Finding.BROKEN) {
            tally.incident("the interpreter is broken", snippet, marks.last());
        }
        return finding == Finding.RIGHT
                || (isHealed(language, random) && heal(snippet, language, false));
    }

    private static String said(Reply reply) {
        if (reply.answer() == null) {
            return reply.failure().equals("disconnected") ? "disconnected" : "none";
        }
        if (!reply.isResult()) {
            return "error";
        }
        String state = reply.fact("state");
        return reply.fact("status") + (state.isEmpty() ? "" : ", state " + state);
    }

    private boolean lookAtCommand(Snippet snippet) throws InterruptedException {
        Reply reply = command("echo alive-7");
        if (isAlive(reply)) {
            return true;
        }
        if (!snippet.has(Tag.LINGERS) && !snippet.has(Tag.HARMS)) {
            tally.incident("no command can be run", snippet, reply.text());
        }
        return heal(snippet, "shell", true);
    }

    private static boolean isAlive(Reply reply) {
        return reply.isResult() && reply.fact("stdout").contains("alive-7");
    }

    private Reply command(String command) throws InterruptedException {
        return target.call("run_command", Map.of("command", command, "timeout", 25));
    }

    /** Repairs a computer in a bad state in the steps that an agent can take. */
    private boolean heal(Snippet snippet, String language, boolean wipe)
            throws InterruptedException {
        List<String> said = new ArrayList<>();
        for (int step = 0; step < 3; step++) {
            marks.forget();
            if (step > 0 || wipe) {
                Reply killed = command("kill -9 -1");
                inTime("kill of all", snippet, killed, LONG);
                said.add(killed.text());
            }
            Reply reset = target.call("reset_interpreter", Map.of());
            inTime("reset", snippet, reset, LONG);
            said.add(reset.text());
            if (step > 0 || wipe) {
                Reply cleaned =
                        command(
                                "chmod 755 /workspace; rm -rf /tmp/* /dev/shm/* /workspace/* ; mkdir -p /workspace; echo alive-7");
                inTime("cleaning", snippet, cleaned, LONG);
                said.add(cleaned.text());
                if (!isAlive(cleaned)) {
                    continue;
                }
            }
            if (marks.set(language)) {
                tally.count("healed at step " + step);
                harmed.clear();
                return true;
            }
            said.add(marks.last());
            if (isTooSlow()) {
                return false;
            }
        }
        tally.incident("cannot be healed", snippet, String.join("\n-- ", said));
        return false;
    }

    /** An interpreter has two minutes to start, which can be too short on a starved host. */
    private boolean isTooSlow() {
        boolean slow = marks.last().contains("did not become ready in time");
        if (slow) {
            tally.count("start of an interpreter: too slow here");
        }
        return slow;
    }

    private void judgeTime(Snippet snippet, Reply reply) {
        if (snippet.manner() == Manner.DISCONNECTED) {
            return;
        }
        Duration timeout = Duration.ofMillis((long) (snippet.seconds() * 1000));
        Duration over = reply.took().minus(timeout);
        if (reply.text().contains("This call ran in a new one.")) {
            inTime("in a new interpreter", snippet, reply, LONG);
            Duration start = reply.took().minus(reply.ran());
            tally.started(start);
            over = over.minus(start);
        }
        if (reply.fact("status").equals("timeout")) {
            tally.overshot(over, reply.host());
        }
        if (over.compareTo(allowance(reply, GRACE, 2)) > 0) {
            tally.incident("late: " + times(reply), snippet, reply.text());
        }
    }

    private void inTime(String what, Snippet snippet, Reply reply, Duration limit) {
        int share = limit.equals(LONG) ? WORK_OF_LONG : 2;
        if (reply.took().compareTo(allowance(reply, limit, share)) > 0) {
            tally.incident("late, " + what + ": " + times(reply), snippet, reply.text());
        }
    }

    private static Duration allowance(Reply reply, Duration limit, int share) {
        return limit.plusSeconds(1).plus(reply.host().multipliedBy(share));
    }

    private static String times(Reply reply) {
        return "%.1f s, canary %.1f s"
                .formatted(reply.took().toMillis() / 1000.0, reply.host().toMillis() / 1000.0);
    }

    /** Replaces this session with another. */
    private void renew() throws IOException, InterruptedException {
        tally.count("sessions ended");
        target.close();
        target = new Target(server, canary);
        marks = new Marks(target);
        harmed.clear();
    }

    @Override
    public void close() throws IOException {
        target.close();
    }
}
