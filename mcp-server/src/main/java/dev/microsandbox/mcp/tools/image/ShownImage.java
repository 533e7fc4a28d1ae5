package dev.microsandbox.mcp.tools.image;

import java.util.Optional;

/**
 * An image of a size that clients accept.
 *
 * @param data the encoded image; treat as immutable
 * @param original what the guest's image said of itself
 */
public record ShownImage(ImageHeader header, byte[] data, ImageHeader original) {

    /** Larger images are reduced: clients refuse about 5 MB of base64, and models gain nothing. */
    public static final int MAX_BYTES = 1_500_000;

    /** Wider or higher images are reduced. */
    public static final int MAX_SIDE = 2000;

    /**
     * Passes an image on, reduced where it is too large.
     *
     * @return empty if it is not an image, or too large and not of a kind that can be reduced here
     */
    public static Optional<ShownImage> of(byte[] data) {
        Optional<ImageHeader> header = ImageHeader.read(data);
        if (header.isEmpty()) {
            return Optional.empty();
        }
        ImageHeader image = header.get();
        if (data.length <= MAX_BYTES && Math.max(image.width(), image.height()) <= MAX_SIDE) {
            return Optional.of(new ShownImage(image, data, image));
        }
        return PngReducer.reduce(data, image).map(png -> reduced(png, image));
    }

    private static ShownImage reduced(byte[] png, ImageHeader original) {
        return new ShownImage(ImageHeader.read(png).orElseThrow(), png, original);
    }

    /** Whether it is smaller than what the guest made. */
    public boolean isReduced() {
        return !header.equals(original);
    }
}
