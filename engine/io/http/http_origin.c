/* Whom the client may talk to: see http_origin.h. Cannot fail. */
#include "io/http/http_origin.h"

#include <netinet/in.h>
#include <string.h>

bool http_address_is_loopback(const struct curl_sockaddr *address) {
    if (address->family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, &address->addr, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    if (address->family == AF_INET6) {
        struct sockaddr_in6 v6; /* larger than the sockaddr it lies over; curl gives the room */
        memcpy(&v6, &address->addr, sizeof v6);
        return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    }
    return false;
}
