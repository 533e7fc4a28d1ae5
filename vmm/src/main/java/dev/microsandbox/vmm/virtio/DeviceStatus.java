package dev.microsandbox.vmm.virtio;

import java.util.List;

/**
 * The device status register: virtio 1.2, section 2.1. A driver sets one bit after the other while
 * it initializes the device (3.1.1), and clears all of them by writing 0.
 */
final class DeviceStatus {

    static final int ACKNOWLEDGE = 1;
    static final int DRIVER = 2;
    static final int DRIVER_OK = 4;
    static final int FEATURES_OK = 8;
    static final int NEEDS_RESET = 64;
    static final int FAILED = 128;

    /**
     * The bits that a driver may set, in the order in which it sets them. Only the device sets
     * NEEDS_RESET.
     *
     * <p>ACKNOWLEDGE and DRIVER are not required, because a driver that omits them harms only
     * itself. A driver learns whether FEATURES_OK was accepted by reading the register.
     */
    private static final List<Transition> TRANSITIONS =
            List.of(
                    new Transition(ACKNOWLEDGE, 0, false),
                    new Transition(DRIVER, 0, false),
                    new Transition(FEATURES_OK, 0, true),
                    new Transition(DRIVER_OK, FEATURES_OK, false),
                    new Transition(FAILED, 0, false));

    private DeviceStatus() {}

    /**
     * A bit that a driver may set, and the conditions.
     *
     * @param after bits that must be set before
     * @param byFeatures whether the driver must have chosen features that the device accepts
     */
    private record Transition(int bit, int after, boolean byFeatures) {

        boolean isAllowed(int status, boolean featuresAccepted) {
            return (status & after) == after && (featuresAccepted || !byFeatures);
        }
    }

    /**
     * The status after a write by the driver. Bits that the driver may not set stay unchanged.
     *
     * @param written the value that the driver writes; not 0, which is a reset
     * @param featuresAccepted whether the device accepts the features that the driver has chosen
     */
    static int after(int status, int written, boolean featuresAccepted) {
        int next = status;
        for (Transition transition : TRANSITIONS) {
            if ((written & transition.bit()) != 0 && transition.isAllowed(next, featuresAccepted)) {
                next |= transition.bit();
            }
        }
        return next;
    }
}
