# Varnish 6 or newer in front of Signet. max-age and stale-while-revalidate of the answers are obeyed by Varnish itself
# (as ttl and grace); what is left to say is here. Put your origin's address into the backend.

vcl 4.1;

backend default {
    .host = "127.0.0.1";
    .port = "8000";
    .first_byte_timeout = 60s;
}

sub vcl_recv {
    if (req.url ~ "^/[it]/") {
        # A picture depends on its URL alone. With cookies or credentials Varnish would pass every request.
        unset req.http.Cookie;
        unset req.http.Authorization;
    }
}

sub vcl_backend_response {
    if (bereq.url ~ "^/[it]/") {
        unset beresp.http.Set-Cookie;
        # Errors say nothing about caching; without these lines Varnish would keep them for two minutes.
        if (beresp.status == 404 || beresp.status == 410) {
            set beresp.ttl = 30s;
            set beresp.grace = 0s;
        } elseif (beresp.status == 429 || beresp.status >= 500) {
            # An older picture is better than none.
            if (bereq.is_bgfetch) {
                return (abandon);
            }
            set beresp.ttl = 2s;
            set beresp.grace = 0s;
        } else {
            # Kept beyond its time to be revalidated by its ETag instead of fetched.
            set beresp.keep = 7d;
        }
    }
}
