package dev.microsandbox.mcp.config;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How QEMU is confined, on which sandboxes run in software emulation.
 *
 * @param firstUser the first of the user ids that its processes may get
 * @param lastUser the last of them
 * @param unconfined whether it may run where nothing confines it
 */
public record QemuConfig(int firstUser, int lastUser, boolean unconfined) {

    /** Lower ids belong to the system's accounts. */
    private static final int LOWEST = 1000;

    private static final Pattern RANGE = Pattern.compile("(\\d{1,9})-(\\d{1,9})");

    /** The first and the last id. */
    private record Range(int first, int last) {}

    private static final Setting<Range> UIDS =
            Setting.of(
                    "qemu.uids",
                    "User ids of QEMU's processes, FIRST-LAST, where the server may change users",
                    "61184-65519",
                    QemuConfig::range);

    private static final Setting<Boolean> UNCONFINED =
            Setting.flag("qemu.unconfined", "Start QEMU also where nothing confines it", "false");

    static final List<Setting<?>> SETTINGS = List.of(UIDS, UNCONFINED);

    static QemuConfig read(SettingValues values) {
        Range users = values.read(UIDS);
        return new QemuConfig(users.first(), users.last(), values.read(UNCONFINED));
    }

    private static Range range(String text) {
        Matcher matcher = RANGE.matcher(text.strip());
        if (matcher.matches()) {
            Range range =
                    new Range(
                            Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
            if (range.first() >= LOWEST && range.last() >= range.first()) {
                return range;
            }
        }
        throw new IllegalArgumentException("FIRST-LAST, both at least " + LOWEST);
    }
}
