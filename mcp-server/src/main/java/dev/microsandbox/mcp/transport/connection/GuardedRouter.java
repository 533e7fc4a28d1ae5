package dev.microsandbox.mcp.transport.connection;

import io.helidon.webserver.Router;
import io.helidon.webserver.Routing;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.util.List;

/** Routes the requests of one connection through {@link GuardedRouting}. */
record GuardedRouter(Router router, Connection connection, GuardedReader reader) implements Router {

    @Override
    public <T extends Routing> T routing(Class<T> type, T fallback) {
        T routing = router.routing(type, fallback);
        return routing instanceof HttpRouting http
                ? type.cast(new GuardedRouting(http, connection, reader))
                : routing;
    }

    @Override
    public List<? extends Routing> routings() {
        return router.routings();
    }

    @Override
    public void beforeStart() {
        router.beforeStart();
    }

    @Override
    public void afterStart(WebServer server) {
        router.afterStart(server);
    }

    @Override
    public void afterStop() {
        router.afterStop();
    }
}
