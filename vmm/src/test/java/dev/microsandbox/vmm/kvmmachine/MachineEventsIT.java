package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.SandboxEvents;
import java.time.Duration;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the flight recorder learns of a machine that is made, on the real KVM. */
@Timeout(60)
class MachineEventsIT {

    @BeforeAll
    static void needsKvm() {
        BareMachine.assumeKvm();
    }

    @Test
    void aMachineIsBuiltBeforeItsVcpuEntersTheGuest() throws Exception {
        List<RecordedEvent> events =
                SandboxEvents.during(
                        "bare",
                        () -> {
                            try (BareMachine guest = BareMachine.start(new Code().reset())) {
                                assertThat(guest.end()).isEqualTo(MachineEnd.RESET);
                            }
                        });
        assertThat(SandboxEvents.names(events)).containsExactly("MachineBuild", "VcpuStart");
        RecordedEvent build = events.getFirst();
        Duration sum = Duration.ZERO;
        for (String step : List.of("createVm", "assemble", "setState")) {
            assertThat(build.getDuration(step)).as(step).isPositive();
            sum = sum.plus(build.getDuration(step));
        }
        // Two clocks: the recorder counts ticks of the processor.
        assertThat(sum).isLessThanOrEqualTo(build.getDuration().plusMillis(1));
        RecordedEvent vcpu = events.getLast();
        assertThat(vcpu.getInt("vcpu")).isZero();
        assertThat(vcpu.getStartTime()).isAfterOrEqualTo(build.getEndTime());
        assertThat(vcpu.getThread().getJavaName()).isEqualTo("bare-vcpu0");
    }
}
