package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.GuestProcess;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.RunListener;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFiles;
import dev.microsandbox.vmm.SandboxJobs;
import dev.microsandbox.vmm.agent.stream.Patience;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Makes every call of the public API against every {@link Attack}, in a process with a small heap.
 * A call that an attack does not end is interrupted, as a client's cancellation does it. Prints
 * what went wrong, a line each.
 */
final class LyingAgentCheck {

    /** How long a call may take before it is interrupted, and then again and again. */
    private static final long INTERRUPT_MILLIS = 30;

    /** How long a call may take in all. */
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private static final Patience PATIENCE_WITH_AGENT =
            new Patience(Duration.ofMillis(50), Duration.ofMinutes(1), Duration.ofMinutes(1));

    private static final Duration START = Duration.ofMillis(1500);

    /** The part of the API that asks the guest. */
    private static final List<Class<?>> API =
            List.of(Sandbox.class, SandboxFiles.class, SandboxJobs.class, GuestProcess.class);

    /** A call of the API, on a sandbox whose agent is hostile. */
    interface Call {
        @Nullable Object make(Sandbox sandbox) throws IOException, InterruptedException;
    }

    private static final Path PLACE = Path.of("/nowhere");

    /** Takes displays without keeping them. */
    static final RunListener LISTENER =
            new RunListener() {
                @Override
                public void stdout(byte[] bytes) {}

                @Override
                public void stderr(byte[] bytes) {}

                @Override
                public void display(MimeBundle bundle) {}

                @Override
                public void result(MimeBundle bundle) {}

                @Override
                public void clear() {}
            };

    private static final ExecRequest COMMAND = ExecRequest.of("x");

    private LyingAgentCheck() {}

    /** A call for each method, by the name of the method; several for those with more to it. */
    static Map<String, List<Call>> calls() {
        Map<String, List<Call>> calls = new LinkedHashMap<>();
        calls.put("Sandbox.id", List.of(Sandbox::id));
        calls.put("Sandbox.isolation", List.of(Sandbox::isolation));
        calls.put("Sandbox.machine", List.of(Sandbox::machine));
        calls.put("Sandbox.isAlive", List.of(Sandbox::isAlive));
        calls.put("Sandbox.files", List.of(Sandbox::files));
        calls.put("Sandbox.jobs", List.of(Sandbox::jobs));
        calls.put(
                "Sandbox.close",
                List.of(
                        sandbox -> {
                            sandbox.close();
                            return null;
                        }));
        calls.put("Sandbox.run", List.of(s -> s.run(RunRequest.of("python", "1"), LISTENER)));
        calls.put(
                "Sandbox.exec",
                List.of(
                        s -> s.exec(COMMAND, OutputListener.DISCARD),
                        s -> s.exec(COMMAND.withStdin(new byte[1 << 20]), OutputListener.DISCARD)));
        calls.put("Sandbox.start", List.of(s -> s.start(COMMAND).await(OutputListener.DISCARD)));
        calls.put("Sandbox.info", List.of(Sandbox::info));
        calls.put("Sandbox.infoNow", List.of(Sandbox::infoNow));
        calls.put("Sandbox.variables", List.of(s -> s.variables("python")));
        calls.put("Sandbox.reset", List.of(s -> s.reset("")));
        calls.put("Sandbox.checkpoint", List.of(s -> s.checkpoint(PLACE)));
        calls.put(
                "Sandbox.restore",
                List.of(
                        s -> {
                            s.restore(PLACE);
                            return null;
                        }));
        calls.put(
                "SandboxFiles.read",
                List.of(
                        s -> s.files().read("x", 0, 0, OutputStream.nullOutputStream()),
                        s -> s.files().read("x", 0, 1 << 20, OutputStream.nullOutputStream()),
                        s ->
                                s.files()
                                        .read(
                                                "x",
                                                0,
                                                SandboxFiles.TO_END,
                                                OutputStream.nullOutputStream())));
        calls.put(
                "SandboxFiles.write",
                List.of(
                        s ->
                                s.files()
                                        .write(
                                                "x",
                                                new ByteArrayInputStream(new byte[1 << 20]),
                                                SandboxFiles.WriteOptions.REPLACE)));
        calls.put("SandboxFiles.stat", List.of(s -> s.files().stat("x", true)));
        calls.put(
                "SandboxFiles.list",
                List.of(s -> s.files().list("x", 1, 1000), s -> s.files().list("x", 9, 100_000)));
        calls.put(
                "SandboxFiles.makeDirectory",
                List.of(
                        s -> {
                            s.files().makeDirectory("x", true);
                            return null;
                        }));
        calls.put(
                "SandboxFiles.remove",
                List.of(
                        s -> {
                            s.files().remove("x", true);
                            return null;
                        }));
        calls.put(
                "SandboxFiles.rename",
                List.of(
                        s -> {
                            s.files().rename("x", "y", true);
                            return null;
                        }));
        calls.put("SandboxJobs.start", List.of(s -> s.jobs().start(COMMAND, "")));
        calls.put(
                "SandboxJobs.read",
                List.of(s -> s.jobs().read("j1", 7, SandboxJobs.MAX_READ, Duration.ZERO)));
        calls.put("SandboxJobs.stop", List.of(s -> s.jobs().stop("j1", 0)));
        calls.put("SandboxJobs.list", List.of(s -> s.jobs().list()));
        calls.put(
                "GuestProcess.stdin",
                List.of(
                        s -> {
                            GuestProcess process = s.start(COMMAND);
                            try (OutputStream stdin = process.stdin()) {
                                stdin.write(new byte[1 << 20]);
                            } finally {
                                process.cancel();
                            }
                            return process.await(OutputListener.DISCARD);
                        }));
        calls.put(
                "GuestProcess.signal",
                List.of(
                        s -> {
                            GuestProcess process = s.start(COMMAND);
                            process.signal(9);
                            return process.await(OutputListener.DISCARD);
                        }));
        calls.put(
                "GuestProcess.cancel",
                List.of(
                        s -> {
                            GuestProcess process = s.start(COMMAND);
                            process.cancel();
                            return process.await(OutputListener.DISCARD);
                        }));
        calls.put("GuestProcess.await", List.of(s -> s.start(COMMAND).await(LISTENER)));
        return calls;
    }

    /** What the host asks of a guest beside the calls of the API. */
    private static Map<String, List<Call>> ownCalls() {
        return Map.of(
                "the time zone of a wake",
                List.of(
                        s -> {
                            GuestTimeZone.change(s, "Europe/Berlin");
                            return null;
                        }),
                "the warming of a template",
                List.of(
                        s -> {
                            ((AgentSandbox) s).warm("python", List.of("numpy"));
                            return null;
                        }));
    }

    /** The names of the API's methods. */
    static Set<String> methods() {
        Set<String> names = new TreeSet<>();
        for (Class<?> type : API) {
            for (Method method : type.getDeclaredMethods()) {
                if (!Modifier.isStatic(method.getModifiers()) && !method.isSynthetic()) {
                    names.add(type.getSimpleName() + "." + method.getName());
                }
            }
        }
        return names;
    }

    /**
     * Checks all calls.
     *
     * @param arguments the names of the attacks; none for all
     */
    public static void main(String[] arguments) throws Exception {
        long begin = System.nanoTime();
        int count = 0;
        Set<String> chosen = Set.of(arguments);
        for (Attack attack : Attack.values()) {
            if (!chosen.isEmpty() && !chosen.contains(attack.name())) {
                continue;
            }
            long since = System.nanoTime();
            Map<String, List<Call>> calls = new LinkedHashMap<>(calls());
            calls.putAll(ownCalls());
            for (Map.Entry<String, List<Call>> each : calls.entrySet()) {
                for (Call call : each.getValue()) {
                    check(each.getKey() + " against " + attack, attack, call);
                    count++;
                }
            }
            System.out.printf("%s: %d ms%n", attack, (System.nanoTime() - since) / 1_000_000);
        }
        System.out.printf("%d calls, %d ms%n", count, (System.nanoTime() - begin) / 1_000_000);
        System.exit(0);
    }

    private static boolean wasCancelled(Throwable thrown) {
        return thrown instanceof GuestException e && e.status() == GuestException.CANCELLED;
    }

    private static void check(String name, Attack attack, Call call) throws Exception {
        FakeMachine machine = new FakeMachine();
        HostileAgent agent = new HostileAgent(machine, attack);
        agent.start();
        AgentSandbox sandbox =
                AgentSandbox.connect(
                        "s",
                        new FakeRestorable(machine),
                        SandboxConfig.DEFAULT.withStartTimeout(START),
                        PATIENCE_WITH_AGENT);
        agent.arm();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        AtomicReference<@Nullable Object> value = new AtomicReference<>();
        CountDownLatch ended = new CountDownLatch(1);
        Thread caller =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        value.set(call.make(sandbox));
                                    } catch (Throwable e) {
                                        failure.set(e);
                                    } finally {
                                        ended.countDown();
                                    }
                                });
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        // What an honest agent sends in full arrives in full.
        long first = attack == Attack.MOST ? PATIENCE.toMillis() : INTERRUPT_MILLIS;
        boolean done = ended.await(first, TimeUnit.MILLISECONDS);
        while (!done && System.nanoTime() < deadline) {
            caller.interrupt();
            done = ended.await(INTERRUPT_MILLIS, TimeUnit.MILLISECONDS);
        }
        Throwable thrown = failure.get();
        if (!done) {
            System.out.println("FAILED: " + name + " does not end");
        } else if (thrown instanceof Error) {
            System.out.println("FAILED: " + name + ": " + thrown);
        } else if (attack == Attack.MOST && thrown != null && !wasCancelled(thrown)) {
            System.out.println("FAILED: " + name + ": " + thrown);
        } else if (thrown != null && String.valueOf(thrown.getMessage()).contains("internal")) {
            System.out.println("FAILED: " + name + ": " + thrown.getMessage());
        }
        sandbox.close();
        caller.join(Duration.ofSeconds(1));
    }
}
