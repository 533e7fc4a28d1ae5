package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.GuestProcess;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.RunListener;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxFiles;
import dev.microsandbox.vmm.SandboxInfo;
import dev.microsandbox.vmm.SandboxJobs;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.Variable;
import dev.microsandbox.vmm.agent.stream.CallLimit;
import dev.microsandbox.vmm.agent.stream.Patience;
import dev.microsandbox.vmm.machine.GuestMachine;
import dev.microsandbox.vmm.machine.RestorableMachine;
import dev.microsandbox.vmm.machine.RestorableMachine.Restoring;
import dev.microsandbox.vmm.machine.RestorableMachine.Saving;
import dev.microsandbox.vmm.machine.UninterruptedWork;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** A sandbox that is reached through the agent in its machine, whatever the kind of machine. */
public final class AgentSandbox implements Sandbox {

    private static final int OUTPUT_CHANNELS =
            1 << Protocol.CHANNEL_OUTPUT | 1 << Protocol.CHANNEL_ERRORS;

    /** How long the agent may take to read what was sent to it. */
    private static final Duration QUIESCE_PATIENCE = Duration.ofSeconds(30);

    private static final String PUT_BACK =
            "The sandbox was put back to a checkpoint while this was under way; what it did since is undone.";

    private final String id;
    private final GuestMachine machine;
    private final AgentConnection connection;
    private final SandboxFiles files;
    private final SandboxJobs jobs;

    /** The identity that the machine gets again after a restore; only the time changes. */
    private final RenewRequest identity;

    private final Timeouts timeouts;

    /** Held by the thread that saves the machine or restores it. */
    private final ReentrantLock checkpointing = new ReentrantLock();

    private AgentSandbox(
            String id,
            GuestMachine machine,
            AgentConnection connection,
            RenewRequest identity,
            Timeouts timeouts) {
        this.id = id;
        this.identity = identity;
        this.timeouts = timeouts;
        this.machine = machine;
        this.connection = connection;
        this.files = new AgentFiles(connection);
        this.jobs = new AgentJobs(connection);
    }

    /**
     * Waits for the agent of a machine that was just started, and sends it the time, the host name
     * and entropy.
     *
     * @throws SandboxStartException if the agent does not answer in time; the machine is stopped
     */
    public static AgentSandbox connect(String id, GuestMachine machine, SandboxConfig config)
            throws InterruptedException {
        return connect(id, machine, config, Patience.DEFAULT);
    }

    /**
     * Like {@link #connect(String, GuestMachine, SandboxConfig)}.
     *
     * @param patience how long the host waits for the agent
     */
    static AgentSandbox connect(
            String id, GuestMachine machine, SandboxConfig config, Patience patience)
            throws InterruptedException {
        Timeouts timeouts = Timeouts.of(config);
        AgentConnection connection =
                AgentConnection.connect(machine, id, timeouts.start(), patience);
        AgentSandbox sandbox =
                new AgentSandbox(id, machine, connection, RenewRequest.of(config), timeouts);
        try {
            sandbox.configure(config.hostName());
            GuestTimeZone.set(sandbox, config.timeZone());
            return sandbox;
        } catch (SandboxException e) {
            sandbox.close();
            throw new SandboxStartException("The sandbox did not start: " + e.getMessage(), e);
        } catch (InterruptedException | RuntimeException e) {
            sandbox.close();
            throw e;
        }
    }

    /**
     * Takes over a machine that was started from a snapshot, and gives it its own identity: when
     * this returns, its time, name, machine id and random state differ from those of other machines
     * of the same snapshot. Interpreters, processes and files are as they were saved. Operations
     * that were in progress are gone.
     *
     * @throws SandboxStartException if the agent refuses or does not answer within the
     *     configuration's time; the machine is stopped
     */
    public static AgentSandbox adopt(
            String id, GuestMachine machine, SandboxConfig config, RenewRequest request)
            throws InterruptedException {
        Timeouts timeouts = Timeouts.of(config);
        return new AgentSandbox(
                id,
                machine,
                AgentConnection.adopt(machine, id, request, timeouts.start()),
                request,
                timeouts);
    }

    /**
     * Takes over a machine like {@link #adopt}, but one that continues from a sandbox's checkpoint,
     * which may have another time zone.
     *
     * @throws SandboxStartException like {@link #adopt}, or if the image does not know the time
     *     zone
     */
    public static AgentSandbox wake(String id, GuestMachine machine, SandboxConfig config)
            throws InterruptedException {
        AgentSandbox sandbox = adopt(id, machine, config, RenewRequest.of(config));
        try {
            GuestTimeZone.change(sandbox, config.timeZone());
            return sandbox;
        } catch (InterruptedException | RuntimeException e) {
            sandbox.close();
            throw e;
        }
    }

    /**
     * Quiesces the connection, so that the machine can be saved or restored: see {@link
     * QuiescedConnection}.
     *
     * @param patience how long the agent may take to read what was sent to it
     * @throws SandboxException if it takes longer
     */
    public QuiescedConnection quiesce(Duration patience) throws InterruptedException {
        connection.hold(patience);
        return new QuiescedConnection(connection);
    }

    /**
     * Starts a language's interpreter and loads modules, so that the first {@link #run} finds them
     * loaded. Code cannot notice it: no name is defined, no call is counted, nothing is printed.
     *
     * @param modules the language's module names; modules that the image lacks are ignored
     * @throws GuestException if the language is unknown, busy, or its interpreter does not start
     */
    public void warm(String language, List<String> modules) throws InterruptedException {
        Calls.call(
                connection,
                Protocol.OPERATION_WARM,
                new PayloadWriter().str(language).strings(modules),
                ResultDecoder.NOTHING);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Isolation isolation() {
        return machine.isolation();
    }

    @Override
    public String machine() {
        return machine.description();
    }

    @Override
    public boolean isAlive() {
        return !connection.isLost();
    }

    @Override
    public RunResult run(RunRequest request, RunListener listener) throws InterruptedException {
        PayloadWriter arguments =
                new PayloadWriter()
                        .str(request.language())
                        .u32(ExecArguments.millis(request.timeout()))
                        .u32(request.logThreshold());
        AgentStream stream =
                connection.open(
                        Protocol.OPERATION_RUN,
                        arguments,
                        OUTPUT_CHANNELS | 1 << Protocol.CHANNEL_RECORDS,
                        AgentStream.UNBOUNDED,
                        CallLimit.of(
                                request.timeout(),
                                timeouts.interpreter().plus(connection.patience().grace())));
        try (RecordParser displays =
                connection.recordParser(Displays::most, new Displays(listener))) {
            sendAll(stream, Protocol.CHANNEL_CODE, request.code().getBytes(StandardCharsets.UTF_8));
            sendAll(stream, Protocol.CHANNEL_INPUT, request.stdin());
            return stream.await(
                    (channel, bytes) -> {
                        if (channel == Protocol.CHANNEL_RECORDS) {
                            displays.feed(bytes);
                        } else {
                            AgentProcess.output(listener, channel, bytes);
                        }
                    },
                    Results::run);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Exit exec(ExecRequest request, OutputListener listener) throws InterruptedException {
        GuestProcess process = start(request);
        Thread.startVirtualThread(
                () -> {
                    try (OutputStream stdin = process.stdin()) {
                        stdin.write(request.stdin());
                    } catch (IOException e) {
                        // The command ended without reading all of its input, which is not an
                        // error.
                    }
                });
        return process.await(listener);
    }

    @Override
    public GuestProcess start(ExecRequest request) {
        PayloadWriter arguments =
                ExecArguments.write(new PayloadWriter(), request)
                        .u32(ExecArguments.millis(request.timeout()))
                        .u32(request.logThreshold())
                        .u8(ExecArguments.user(request));
        try {
            return new AgentProcess(
                    connection.open(
                            Protocol.OPERATION_EXEC,
                            arguments,
                            OUTPUT_CHANNELS,
                            AgentStream.UNBOUNDED,
                            CallLimit.of(request.timeout(), connection.patience().grace())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SandboxException("Interrupted while waiting to start a command.", e);
        }
    }

    @Override
    public SandboxFiles files() {
        return files;
    }

    @Override
    public SandboxJobs jobs() {
        return jobs;
    }

    @Override
    public SandboxInfo info() throws InterruptedException {
        return Calls.call(connection, Protocol.OPERATION_INFO, new PayloadWriter(), Results::info);
    }

    @Override
    public SandboxInfo infoNow() throws InterruptedException {
        return Calls.call(
                connection, Protocol.OPERATION_INFO_NOW, new PayloadWriter(), Results::info);
    }

    @Override
    public List<Variable> variables(String language) throws InterruptedException {
        List<Variable> variables = new ArrayList<>();
        Calls.callForRecords(
                connection,
                Protocol.OPERATION_INSPECT,
                new PayloadWriter().str(language),
                new Calls.Records(
                        Protocol.RECORD_VARIABLE, Protocol.VARIABLE_MAX, Protocol.VARIABLES_MAX),
                body -> variables.add(Results.variable(body)),
                ResultDecoder.NOTHING);
        return variables;
    }

    @Override
    public int reset(String language) throws InterruptedException {
        return Calls.call(
                connection,
                Protocol.OPERATION_RESET,
                new PayloadWriter().str(language),
                PayloadReader::u31);
    }

    @Override
    public long checkpoint(Path directory) throws InterruptedException {
        RestorableMachine restorable = restorable();
        CheckpointEvent event = new CheckpointEvent();
        event.startClock();
        checkpointing.lockInterruptibly();
        try (Saving saving = restorable.beginSaving(directory)) {
            event.opened();
            try (QuiescedConnection _ = quiesceBriefly()) {
                event.held();
                saving.take();
                event.taken();
            }
            setStoppedClock(restorable);
            // Calls continue while this waits for the disk.
            long bytes = saving.finish();
            event.written(id, bytes);
            return bytes;
        } catch (CheckpointException e) {
            throw unlessLost(e);
        } finally {
            checkpointing.unlock();
        }
    }

    /**
     * Sets the guest's clock if it stopped while the machine was paused. If all streams are in use,
     * the clock stays behind, because a request that waits for a stream would deliver an old time.
     */
    private void setStoppedClock(RestorableMachine machine) throws InterruptedException {
        if (machine.clockStopsWhilePaused() && connection.hasFreeStream()) {
            configure("");
        }
    }

    @Override
    public void restore(Path directory) throws InterruptedException {
        RestorableMachine restorable = restorable();
        RestoreEvent event = new RestoreEvent();
        event.startClock();
        checkpointing.lockInterruptibly();
        try (Restoring restoring = restorable.beginRestoring(directory)) {
            event.opened();
            try (QuiescedConnection quiesced = quiesceBriefly()) {
                event.held();
                restoring.run(
                        () -> {
                            event.paused();
                            quiesced.forget(PUT_BACK);
                        });
                event.wasPutBack();
                // Not interruptible, because the former state is gone and a machine that is not
                // renewed is lost.
                UninterruptedWork.run(() -> quiesced.renew(identity, timeouts.start()));
            }
            event.renewed(id);
        } catch (CheckpointException e) {
            throw unlessLost(e);
        } finally {
            checkpointing.unlock();
        }
    }

    private RestorableMachine restorable() {
        if (machine instanceof RestorableMachine restorable) {
            return restorable;
        }
        throw new CheckpointException(
                "This sandbox cannot be saved or put back: its kind of machine cannot ("
                        + machine.description()
                        + "). 'msb doctor' on the server says what its host has.",
                null);
    }

    private QuiescedConnection quiesceBriefly() throws InterruptedException {
        try {
            return quiesce(QUIESCE_PATIENCE);
        } catch (SandboxLostException e) {
            throw e;
        } catch (SandboxException e) {
            throw new CheckpointException(String.valueOf(e.getMessage()), e);
        }
    }

    private SandboxException unlessLost(CheckpointException e) {
        return connection.isLost() ? new SandboxLostException(connection.reason()) : e;
    }

    @Override
    public void close() {
        connection.fail("The sandbox was closed.");
    }

    private void configure(String hostName) throws InterruptedException {
        Calls.call(
                connection,
                Protocol.OPERATION_CONFIGURE,
                new PayloadWriter()
                        .u64(Renewal.nanos(Instant.now()))
                        .str(hostName)
                        .bytes(Renewal.entropy())
                        .u32(ExecArguments.millis(timeouts.interpreter())),
                ResultDecoder.NOTHING);
    }

    private static void sendAll(AgentStream stream, int channel, byte[] bytes)
            throws InterruptedException {
        try {
            stream.send(channel, bytes, 0, bytes.length);
        } catch (InterruptedException | SandboxException e) {
            stream.cancelAndDrain();
            throw e;
        }
        stream.sendEof(channel);
    }
}
