package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.machine.GuestMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The streams of a port whose process is replaced. */
@Timeout(30)
class AgentPortTest {

    @Test
    void whoWaitsForTheFormerGetsWhatTheNextSays() throws Exception {
        Fake former = new Fake();
        Fake next = new Fake();
        AgentPort port = new AgentPort(former);
        InputStream input = port.input();
        former.say("one");
        assertThat(input.readNBytes(3)).asString().isEqualTo("one");
        CompletableFuture<String> waiting =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return new String(input.readNBytes(3), StandardCharsets.UTF_8);
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        });
        Thread.sleep(50);
        port.switchTo(next);
        former.say("late");
        former.stop();
        next.say("two");
        assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo("two");
        next.stop();
        assertThat(input.read()).as("the end of the one that counts").isEqualTo(-1);
    }

    @Test
    void whatIsWrittenGoesToTheOneThatCounts() throws Exception {
        Fake former = new Fake();
        Fake next = new Fake();
        AgentPort port = new AgentPort(former);
        OutputStream output = port.output();
        output.write("one".getBytes(StandardCharsets.UTF_8));
        port.switchTo(next);
        output.write("two".getBytes(StandardCharsets.UTF_8));
        output.write('!');
        assertThat(former.heard.toString(StandardCharsets.UTF_8)).isEqualTo("one");
        assertThat(next.heard.toString(StandardCharsets.UTF_8)).isEqualTo("two!");
    }

    @Test
    void anErrorOfTheOneThatCountsIsOne() throws Exception {
        Fake broken = new Fake();
        broken.input.close();
        InputStream input = new AgentPort(broken).input();
        assertThatIOException().isThrownBy(input::read);
    }

    private static final class Fake implements GuestMachine {

        private final PipedInputStream input = new PipedInputStream();
        private final PipedOutputStream said = new PipedOutputStream();
        private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

        Fake() throws IOException {
            input.connect(said);
        }

        void say(String text) throws IOException {
            said.write(text.getBytes(StandardCharsets.UTF_8));
            said.flush();
        }

        @Override
        public InputStream agentInput() {
            return input;
        }

        @Override
        public OutputStream agentOutput() {
            return heard;
        }

        @Override
        public Isolation isolation() {
            return Isolation.EMULATION;
        }

        @Override
        public String description() {
            return "fake";
        }

        @Override
        public String lastWords() {
            return "";
        }

        @Override
        public void stop() {
            try {
                said.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
