package dev.microsandbox.vmm.image.recipe;

import dev.microsandbox.vmm.ImageException;
import java.util.regex.Pattern;

/** Valid names of images, which also become names of files. */
public final class ImageName {

    /** The image of sandboxes that name none. Its recipe comes with this module. */
    public static final String DEFAULT = "default";

    private static final Pattern VALID = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");

    private ImageName() {}

    /** Whether a text can name an image. */
    public static boolean isValid(String name) {
        return VALID.matcher(name).matches();
    }

    /**
     * Checks a name.
     *
     * @return {@code name}
     * @throws ImageException if it cannot name an image
     */
    public static String check(String name) {
        if (!isValid(name)) {
            throw new ImageException(
                    "'"
                            + printable(name)
                            + "' cannot name an image: use 1 to 63 small letters, digits, '-' and"
                            + " '_', beginning with a letter or a digit");
        }
        return name;
    }

    private static String printable(String name) {
        String shortened = name.length() > 80 ? name.substring(0, 80) + "…" : name;
        return shortened.replaceAll("\\p{Cntrl}", "?");
    }
}
