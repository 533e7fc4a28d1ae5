package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.GuestException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An agent in this process that is honest until a call of the host's has its attention, and then
 * does what its {@link Attack} says. It keeps to the credit it has, except where the attack is that
 * it does not.
 */
final class HostileAgent {

    private final FakeMachine machine;
    private final Attack attack;
    private final Map<Integer, Opened> streams = new ConcurrentHashMap<>();
    private final CountDownLatch armed = new CountDownLatch(1);

    /** Serializes frames. */
    private final ReentrantLock sending = new ReentrantLock();

    HostileAgent(FakeMachine machine, Attack attack) {
        this.machine = machine;
        this.attack = attack;
    }

    /** A stream that the host has opened, as the agent sees it. */
    static final class Opened {

        final int id;
        final int operation;
        final byte[] arguments;

        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private long credit = Protocol.WINDOW_INITIAL;
        private boolean cancelled;
        private boolean ended;
        private boolean lost;

        private Opened(int id, int operation, byte[] arguments) {
            this.id = id;
            this.operation = operation;
            this.arguments = arguments;
        }

        private void add(long bytes) {
            lock.lock();
            try {
                credit += bytes;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        private void cancel() {
            lock.lock();
            try {
                cancelled = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        /** Whether this is the first end. */
        private boolean end() {
            lock.lock();
            try {
                boolean first = !ended;
                ended = true;
                return first;
            } finally {
                lock.unlock();
            }
        }

        boolean isCancelled() {
            lock.lock();
            try {
                return cancelled;
            } finally {
                lock.unlock();
            }
        }

        private void lose() {
            lock.lock();
            try {
                lost = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        private int take(int most, boolean alsoIfCancelled)
                throws IOException, InterruptedException {
            lock.lock();
            try {
                while (credit == 0 && !lost && (alsoIfCancelled || !cancelled)) {
                    changed.await();
                }
                if (lost) {
                    throw new IOException("the machine has stopped");
                }
                int taken = (int) Math.min(most, credit);
                credit -= taken;
                return taken;
            } finally {
                lock.unlock();
            }
        }
    }

    /** Greets the host and reads its frames until the machine stops. */
    void start() throws IOException {
        machine.hello();
        Thread.ofPlatform().daemon().name("hostile-agent").start(this::serve);
    }

    /** From now on it attacks. */
    void arm() {
        armed.countDown();
    }

    private boolean isArmed() {
        return armed.getCount() == 0;
    }

    private void serve() {
        try {
            Frame frame = machine.receive();
            while (frame != null) {
                take(frame);
                frame = machine.receive();
            }
        } catch (IOException e) {
            // The host has stopped the machine.
        } finally {
            streams.values().forEach(Opened::lose);
        }
    }

    private void take(Frame frame) throws IOException {
        PayloadReader payload = new PayloadReader(frame.payload());
        switch (frame.type()) {
            case Protocol.FRAME_OPEN -> opened(frame.stream(), payload.u16(), payload.rest());
            case Protocol.FRAME_DATA -> {
                if (attack == Attack.MOST) {
                    int taken = frame.payload().length - 1;
                    send(frame.stream(), Protocol.FRAME_CREDIT, new PayloadWriter().u32(taken));
                }
            }
            case Protocol.FRAME_CREDIT -> {
                Opened stream = streams.get(frame.stream());
                if (stream != null) {
                    stream.add(payload.u31());
                }
            }
            case Protocol.FRAME_CANCEL -> {
                Opened stream = streams.get(frame.stream());
                if (stream != null) {
                    stream.cancel();
                    if (!isArmed() || attack.endsWhenCancelled()) {
                        end(stream, GuestException.CANCELLED, "cancelled");
                    }
                }
            }
            case Protocol.FRAME_PING -> {
                if (!isArmed() || attack != Attack.SILENCE) {
                    send(0, Protocol.FRAME_PONG, new PayloadWriter().u64(payload.i64()));
                }
                if (isArmed()) {
                    begin(new Opened(1, 0, new byte[0]));
                }
            }
            case Protocol.FRAME_RENEW -> renew(frame.payload());
            default -> {
                // The end of input, signals and the acceptance of the version.
            }
        }
    }

    private void opened(int id, int operation, byte[] arguments) throws IOException {
        Opened stream = new Opened(id, operation, arguments);
        streams.put(id, stream);
        if (isArmed()) {
            begin(stream);
        } else {
            answer(stream, new PayloadWriter());
        }
    }

    private void begin(Opened stream) {
        streams.putIfAbsent(stream.id, stream);
        Thread.ofPlatform()
                .daemon()
                .name("attack")
                .start(
                        () -> {
                            try {
                                attack.carryOut(this, stream);
                            } catch (IOException | InterruptedException e) {
                                // The host has stopped the machine.
                            }
                        });
    }

    private void renew(byte[] payload) throws IOException {
        if (attack == Attack.SILENCE) {
            return;
        }
        byte[] stale = new byte[1 << 16];
        int most = attack == Attack.MOST ? Protocol.STALE_MAX : Protocol.STALE_MAX * 2;
        boolean lies = attack != Attack.MOST && attack != Attack.MORE;
        sending.lock();
        try {
            for (int sent = 0; !lies && sent + stale.length < most; sent += stale.length) {
                machine.sendRaw(stale);
            }
            machine.sendRaw(Arrays.copyOf(payload, Protocol.TOKEN_SIZE));
            machine.send(
                    0, Protocol.FRAME_RENEWED, new PayloadWriter().u16(0).str("").u32(1 << 20));
        } finally {
            sending.unlock();
        }
    }

    // What attacks are made of.

    void send(int stream, int type, PayloadWriter payload) throws IOException {
        sending.lock();
        try {
            machine.send(stream, type, payload);
        } finally {
            sending.unlock();
        }
    }

    void sendRaw(byte[] bytes) throws IOException {
        sending.lock();
        try {
            machine.sendRaw(bytes);
        } finally {
            sending.unlock();
        }
    }

    /** Ends a stream with a result. */
    void answer(Opened stream, PayloadWriter result) throws IOException {
        if (stream.end()) {
            byte[] bytes = result.frame(0, 0);
            send(
                    stream.id,
                    Protocol.FRAME_END,
                    new PayloadWriter()
                            .u16(0)
                            .str("")
                            .raw(
                                    bytes,
                                    Protocol.FRAME_HEADER,
                                    bytes.length - Protocol.FRAME_HEADER));
        }
    }

    void end(Opened stream, int status, String message) throws IOException {
        if (stream.end()) {
            send(stream.id, Protocol.FRAME_END, new PayloadWriter().u16(status).str(message));
        }
    }

    /**
     * Sends bytes as credit allows.
     *
     * @param most the most bytes of a frame
     * @return false once the call is cancelled and the attack heeds that
     */
    boolean data(Opened stream, int channel, byte[] bytes, int length, int most)
            throws IOException, InterruptedException {
        boolean heedless = !attack.endsWhenCancelled();
        int sent = 0;
        while (sent < length) {
            int part = stream.take(Math.min(most, length - sent), heedless);
            if (!heedless && stream.isCancelled()) {
                return false;
            }
            send(
                    stream.id,
                    Protocol.FRAME_DATA,
                    new PayloadWriter().u8(channel).raw(bytes, sent, part));
            sent += part;
        }
        return true;
    }

    /**
     * Sends a record.
     *
     * @param announced its announced size
     * @param body its first bytes
     * @param zeros how many follow
     */
    boolean record(Opened stream, int kind, int announced, byte[] body, int zeros)
            throws IOException, InterruptedException {
        byte[] framed = new PayloadWriter().u32(announced).u8(kind).frame(0, 0);
        byte[] head = Arrays.copyOfRange(framed, Protocol.FRAME_HEADER, framed.length);
        int channel = Protocol.CHANNEL_RECORDS;
        int most = Protocol.FRAME_DATA_MAX;
        byte[] nothing = new byte[most];
        boolean goesOn =
                data(stream, channel, head, head.length, most)
                        && data(stream, channel, body, body.length, most);
        for (int left = zeros; goesOn && left > 0; left -= most) {
            goesOn = data(stream, channel, nothing, Math.min(left, most), most);
        }
        return goesOn;
    }
}
