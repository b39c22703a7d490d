/* libcurl, loaded when the first client opens and not before: it brings some thirty libraries with
 * it, whose loading takes four fifths of the time of a command that has no use for the network,
 * such as `status`. Its calls are reached through this table, and through nothing else. */
#ifndef IO_HTTP_CURL_CALLS_H
#define IO_HTTP_CURL_CALLS_H

#include <curl/curl.h>
#include <winnow/error.h>

/* every call that is used, without its prefix */
#define CURL_CALLS(X)                                                                              \
    X(global_init)                                                                                 \
    X(free)                                                                                        \
    X(url)                                                                                         \
    X(url_set)                                                                                     \
    X(url_get)                                                                                     \
    X(url_cleanup)                                                                                 \
    X(easy_init)                                                                                   \
    X(easy_setopt)                                                                                 \
    X(easy_getinfo)                                                                                \
    X(easy_strerror)                                                                               \
    X(easy_cleanup)                                                                                \
    X(multi_init)                                                                                  \
    X(multi_setopt)                                                                                \
    X(multi_add_handle)                                                                            \
    X(multi_remove_handle)                                                                         \
    X(multi_socket_action)                                                                         \
    X(multi_info_read)                                                                             \
    X(multi_cleanup)

struct curl_calls {
#define X(name) __typeof__(curl_##name) *name;
    CURL_CALLS(X)
#undef X
};

/* Load it, once in a process, and make it ready. Fails with WINNOW_FAILED when it is not installed
 * or lacks a call. It stays loaded. */
int curl_calls_load(struct curl_calls *calls, struct winnow_error *err);

/* An option's value is checked by curl's own header, as in a direct call; that call is not made. */
#define CURL_SETOPT(calls, easy, option, value)                                                    \
    ((void)sizeof(curl_easy_setopt(easy, option, value)), (calls)->easy_setopt(easy, option, value))

#endif
