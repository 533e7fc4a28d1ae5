package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.auth.ApiKey;
import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.auth.HostNames;
import dev.microsandbox.mcp.auth.KeyCheck;
import dev.microsandbox.mcp.auth.KeyCheck.Accepted;
import dev.microsandbox.mcp.auth.KeyCheck.Reason;
import dev.microsandbox.mcp.auth.KeyCheck.Refused;
import dev.microsandbox.mcp.auth.Namespaces;
import dev.microsandbox.mcp.auth.RebindingGuard;
import dev.microsandbox.mcp.memory.Owner;
import dev.microsandbox.mcp.transport.connection.Connection;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Checks every request to an MCP path: the Host header, the Origin header, CORS preflight, and the
 * API key, in this order. Thread-safe.
 */
final class AccessCheck implements HttpListener.Gate {

    /** RFC 9110 section 15.5.20: the server is not authoritative for the request's host. */
    private static final Status MISDIRECTED = Status.create(421, "Misdirected Request");

    private static final HeaderName X_API_KEY = HeaderNames.create("X-API-Key");
    private static final HeaderName SEC_FETCH_SITE = HeaderNames.create("Sec-Fetch-Site");
    private static final String BEARER = "bearer ";

    private final HttpSettings settings;
    private final ApiKeys keys;
    private final RebindingGuard guard;
    private final Responses responses;

    AccessCheck(HttpSettings settings, ApiKeys keys, Responses responses) {
        this.settings = settings;
        this.keys = keys;
        this.responses = responses;
        boolean anyHost =
                settings.allowedHosts().isEmpty()
                        && !settings.developmentMode()
                        && !HostNames.isLoopback(settings.host());
        this.guard =
                new RebindingGuard(settings.allowedOrigins(), settings.allowedHosts(), anyHost);
    }

    @Override
    public Handler guard(HttpListener.GuardedHandler handler) {
        return (req, res) -> {
            if (!checkHost(req, res) || !checkOrigin(req, res)) {
                return;
            }
            if (req.prologue().method().equals(Method.OPTIONS)) {
                preflight(res);
                return;
            }
            Caller caller = authenticate(req, res);
            if (caller != null && countConnection(req, res, caller)) {
                handler.handle(req, res, caller);
            }
        };
    }

    private boolean checkHost(ServerRequest req, ServerResponse res) {
        String host = header(req, HeaderNames.HOST);
        if (guard.allowsHost(host)) {
            return true;
        }
        responses.refuse(
                req,
                res,
                MISDIRECTED,
                "This server does not answer to the name in the Host header. If it should, add the"
                        + " name to the allowed hosts.");
        return false;
    }

    private boolean checkOrigin(ServerRequest req, ServerResponse res) {
        String origin = header(req, HeaderNames.ORIGIN);
        boolean allowed =
                origin == null
                        ? guard.allowsSite(header(req, SEC_FETCH_SITE))
                        : guard.allowsOrigin(origin);
        if (!allowed) {
            responses.refuse(
                    req,
                    res,
                    Status.FORBIDDEN_403,
                    "Web pages of this origin may not use this server. If they should, add it to"
                            + " the allowed origins.");
            return false;
        }
        if (origin != null) {
            res.header(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            res.header(HeaderNames.VARY, "Origin");
            res.header(HeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, McpHeaders.SESSION_ID_NAME);
        }
        return true;
    }

    private static void preflight(ServerResponse res) {
        res.header(HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE");
        res.header(
                HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS,
                "Authorization, X-API-Key, Content-Type, Last-Event-ID, "
                        + McpHeaders.SESSION_ID_NAME
                        + ", "
                        + McpHeaders.PROTOCOL_VERSION_NAME);
        res.header(HeaderNames.ACCESS_CONTROL_MAX_AGE, "600");
        res.status(Status.NO_CONTENT_204).send();
    }

    private @Nullable Caller authenticate(ServerRequest req, ServerResponse res) {
        KeyCheck check = keys.check(token(req));
        return switch (check) {
            case Accepted(ApiKey key) -> new Caller(key.namespace(), key.id());
            case Refused _ when mayOmitKey(req) -> new Caller(Namespaces.DEFAULT, null);
            case Refused refused -> {
                unauthorized(req, res, refused);
                yield null;
            }
        };
    }

    /** Whether the caller is admitted without a key. Only the socket tells who it is. */
    private boolean mayOmitKey(ServerRequest req) {
        return settings.developmentMode()
                && req.remotePeer().address() instanceof InetSocketAddress peer
                && peer.getAddress() != null
                && settings.keyless().test(peer.getAddress());
    }

    /** Counts the connection to the caller, or to the client's address where no keys are used. */
    private boolean countConnection(ServerRequest req, ServerResponse res, Caller caller) {
        String key = caller.keyId() != null ? caller.keyId() : clientAddress(req);
        if (Connection.current().countTo(new Owner(caller.namespace(), key))) {
            return true;
        }
        responses.refuseTemporarily(
                req,
                res,
                Status.TOO_MANY_REQUESTS_429,
                "The clients of this API key, or of its namespace, have as many connections open as"
                        + " they may have. Close some, or use one for many requests.");
        return false;
    }

    /** The client's address, which is not the connection's behind a proxy. */
    private String clientAddress(ServerRequest req) {
        return settings.clients()
                .nameOf(
                        req.remotePeer().address(),
                        req.headers().values(HeaderNames.X_FORWARDED_FOR));
    }

    /** Answers 401 with the challenge of RFC 6750 section 3. */
    private void unauthorized(ServerRequest req, ServerResponse res, Refused refused) {
        String challenge = "Bearer realm=\"microsandbox\"";
        if (refused.reason() != Reason.MISSING) {
            challenge +=
                    ", error=\"invalid_token\", error_description=\"" + describe(refused) + '"';
        }
        res.header(HeaderNames.WWW_AUTHENTICATE, challenge);
        res.header(HeaderValues.CONNECTION_CLOSE);
        responses.refuse(req, res, Status.UNAUTHORIZED_401, advice() + refused.message());
    }

    /** What somebody must know who expects development mode to need no key. */
    private String advice() {
        return settings.developmentMode()
                ? "In development mode in a container, only the container itself and its default"
                        + " gateway, which is its published port, need no key; other containers do"
                        + " (dev_mode_from). Commands of msb run there with 'docker exec'. "
                : "";
    }

    private static String describe(Refused refused) {
        return switch (refused.reason()) {
            case MISSING -> "no API key";
            case MALFORMED -> "malformed API key";
            case UNKNOWN -> "unknown API key";
            case EXPIRED -> "expired API key";
            case REVOKED -> "revoked API key";
        };
    }

    private static @Nullable String token(ServerRequest req) {
        String authorization = header(req, HeaderNames.AUTHORIZATION);
        if (authorization != null
                && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return authorization.substring(BEARER.length());
        }
        return header(req, X_API_KEY);
    }

    private static @Nullable String header(ServerRequest req, HeaderName name) {
        return req.headers().first(name).orElse(null);
    }
}
