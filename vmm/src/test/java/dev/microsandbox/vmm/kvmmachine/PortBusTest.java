package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortBusTest {

    private static final int FIRST = RecordingPort.FIRST;

    private final RecordingPort device = new RecordingPort();
    private final RecordingPort neighbour = new RecordingPort();

    private final PortBus bus =
            new PortBus(List.of(device.range(), new PortBus.Range(FIRST + 8, 2, neighbour)));

    @ParameterizedTest
    @CsvSource({"1, 01", "2, 0201", "4, 04030201"})
    void aWideReadIsOneOfEachByte(int size, String expected) {
        assertThat(bus.read(FIRST, size)).isEqualTo(Integer.parseInt(expected, 16));
    }

    @Test
    void aWideWriteIsOneOfEachByteFromTheLowest() {
        bus.write(FIRST + 1, 1, 0x99887766);
        bus.write(FIRST + 2, 2, 0x99887766);
        bus.write(FIRST + 4, 4, 0x99887766);
        assertThat(device.writes())
                .containsExactly("1:66", "2:66", "3:77", "4:66", "5:77", "6:88", "7:99");
    }

    @Test
    void anAccessAcrossTwoDevicesReachesBoth() {
        bus.write(FIRST + 6, 4, 0x44332211);
        assertThat(device.writes()).containsExactly("6:11", "7:22");
        assertThat(neighbour.writes()).containsExactly("0:33", "1:44");
        assertThat(bus.read(FIRST + 7, 2)).isEqualTo(0x0101);
    }

    @Test
    void anAccessThatIsPartlyOfNobodyFindsOnes() {
        assertThat(bus.read(FIRST - 1, 2)).isEqualTo(0x01ff);
        assertThat(bus.read(FIRST + 9, 4)).isEqualTo(0xffffff01);
        bus.write(FIRST - 1, 2, 0x2211);
        assertThat(device.writes()).containsExactly("0:22");
    }

    @Test
    void whereNobodyIsReadsFindOnesAndWritesGoNowhere() {
        assertThat(bus.read(0x80, 1)).isEqualTo(0xff);
        assertThat(bus.read(0x80, 2)).isEqualTo(0xffff);
        assertThat(bus.read(0x80, 4)).isEqualTo(-1);
        bus.write(0x80, 4, -1);
        assertThat(device.writes()).isEmpty();
        assertThat(neighbour.writes()).isEmpty();
    }

    @Test
    void theLastPortIsFollowedByTheFirst() {
        RecordingPort last = new RecordingPort();
        RecordingPort first = new RecordingPort();
        PortBus ends =
                new PortBus(
                        List.of(
                                new PortBus.Range(0xffff, 1, last),
                                new PortBus.Range(0, 1, first)));
        ends.write(0xffff, 4, 0x44332211);
        assertThat(last.writes()).containsExactly("0:11");
        assertThat(first.writes()).containsExactly("0:22");
        assertThat(ends.read(0xffff, 4)).isEqualTo(0xffff0101);
    }

    @Test
    void aDeviceThatAnswersMoreThanAByteDisturbsNoOther() {
        PortDevice loud =
                new PortDevice() {
                    @Override
                    public int read(int offset) {
                        return -2;
                    }

                    @Override
                    public void write(int offset, int value) {
                        throw new IllegalStateException("only read from here");
                    }
                };
        PortBus bus = new PortBus(List.of(new PortBus.Range(FIRST, 1, loud)));
        assertThat(bus.read(FIRST, 1)).isEqualTo(0xfe);
        assertThat(bus.read(FIRST - 1, 2)).isEqualTo(0xfeff);
    }
}
