package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.vmm.ImageException;
import dev.microsandbox.vmm.host.ConfinedWorkers;
import dev.microsandbox.vmm.image.GuestAssetStore;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The build of images and templates before workers use them. The launcher does it, because it
 * serves no tenant: what is shared by all belongs to the server, and no tenant can change it.
 * Thread-safe.
 */
final class Preparation {

    private static final Logger log = LoggerFactory.getLogger(Preparation.class);

    private static final Duration PAUSE = Duration.ofMillis(200);

    private final ConfinedWorkers workers;
    private final GuestAssetStore images;
    private final boolean templates;
    private final Thread thread;

    Preparation(ServerConfig config, ConfinedWorkers workers) {
        this.workers = workers;
        images = Images.of(config.home());
        templates = config.template().enabled();
        thread = Thread.ofPlatform().name("preparation").daemon().unstarted(this::run);
    }

    /** Begins, and builds nothing any more once all is there. */
    void start() {
        thread.start();
    }

    private void run() {
        try {
            workers.prepare(templates, log::info);
            // A build has the launcher's rights, and works in the home.
            workers.endPreparation();
        } catch (IOException e) {
            log.warn("The launcher goes on building: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until an image is there, or is known not to come: a worker's calls then say so. */
    void await(String image) throws InterruptedException {
        while (thread.isAlive() && !isBuilt(image)) {
            Thread.sleep(PAUSE);
        }
    }

    private boolean isBuilt(String image) throws InterruptedException {
        try {
            return images.isBuilt(image);
        } catch (ImageException e) {
            return true;
        }
    }
}
