package dev.microsandbox.mcp.tools.image;

import java.util.Optional;

/**
 * An image of a size that clients accept.
 *
 * @param header the header of {@code data}
 * @param data the encoded image; must not be modified
 * @param original the header of the guest's image
 */
public record ShownImage(ImageHeader header, byte[] data, ImageHeader original) {

    /**
     * Maximum size in bytes. Larger images are reduced, because clients refuse about 5 MB of base64
     * and models gain nothing.
     */
    public static final int MAX_BYTES = 1_500_000;

    /** Maximum width and height in pixels. Larger images are reduced. */
    public static final int MAX_SIDE = 2000;

    /**
     * Accepts an image, and reduces it if it is too large.
     *
     * @return empty if the data is not an image, or is too large and cannot be reduced here
     * @throws ImageTimeException if the current call has no time left to reduce it
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

    /** Whether the image is smaller than the guest's original. */
    public boolean isReduced() {
        return !header.equals(original);
    }
}
