package dev.microsandbox.mcp.tools.files;

import dev.microsandbox.mcp.tools.image.ImageHeader;
import dev.microsandbox.mcp.tools.image.ImageTimeException;
import dev.microsandbox.mcp.tools.image.ShownImage;
import dev.microsandbox.mcp.tools.media.MediaType;
import dev.microsandbox.mcp.tools.output.TextCapture;
import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.Sandbox;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Converts images that cannot be shown directly. Pillow decodes them in the guest, where a failing
 * decoder does no harm.
 */
final class GuestImage {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    /** Width and height of the original. */
    private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,8}) ([1-9][0-9]{0,8})\n?");

    private static final String CONVERT =
            """
            import io, sys
            from PIL import Image, ImageOps
            path, side, most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
            image = Image.open(path)
            photo = image.format == 'JPEG'
            print(*image.size, file=sys.stderr)
            image.draft('RGB', (side, side))
            image = ImageOps.exif_transpose(image)
            if photo or image.mode not in ('1', 'L', 'LA', 'P', 'RGB', 'RGBA'):
                image = image.convert('RGB')
            while True:
                image.thumbnail((side, side))
                out = io.BytesIO()
                image.save(out, 'JPEG' if photo else 'PNG')
                if out.tell() <= most or side < 250:
                    break
                side //= 2
            sys.stdout.buffer.write(out.getvalue())
            """;

    private GuestImage() {}

    /**
     * Converts a file. Returns empty if the guest has no Pillow, or Pillow cannot decode the file.
     */
    static Optional<ShownImage> convert(Sandbox sandbox, String path, MediaType type)
            throws InterruptedException {
        ExecRequest request =
                ExecRequest.of(
                                "python3",
                                "-I",
                                "-Wignore",
                                "-c",
                                CONVERT,
                                path,
                                Integer.toString(ShownImage.MAX_SIDE),
                                Integer.toString(ShownImage.MAX_BYTES))
                        .withTimeout(TIMEOUT);
        ConversionOutput output = new ConversionOutput();
        try {
            Exit exit = sandbox.exec(request, output);
            if (!exit.isSuccess()) {
                return Optional.empty();
            }
        } catch (GuestException e) {
            // There is no Python in the guest, so nothing can be shown.
            return Optional.empty();
        }
        Matcher size = SIZE.matcher(output.errors.finish().shown(""));
        if (!size.matches()) {
            return Optional.empty();
        }
        ImageHeader original =
                new ImageHeader(
                        type.name(),
                        Integer.parseInt(size.group(1)),
                        Integer.parseInt(size.group(2)));
        // The result comes from the guest, too, so it is checked like any other image.
        try {
            return ShownImage.of(output.image.toByteArray())
                    .map(shown -> new ShownImage(shown.header(), shown.data(), original));
        } catch (ImageTimeException e) {
            return Optional.empty();
        }
    }

    private static final class ConversionOutput implements OutputListener {

        private final ByteArrayOutputStream image = new ByteArrayOutputStream();
        private final TextCapture errors = new TextCapture(1000);

        /** Drops bytes beyond the limit: a truncated image is useless anyway. */
        @Override
        public void stdout(byte[] bytes) {
            if (image.size() <= ShownImage.MAX_BYTES) {
                image.writeBytes(bytes);
            }
        }

        @Override
        public void stderr(byte[] bytes) {
            errors.append(bytes);
        }
    }
}
