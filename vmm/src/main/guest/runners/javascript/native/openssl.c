/* Makes OpenSSL get new random state from the kernel, for which Node has no function.

   The state of OpenSSL's generators is in memory, so clones of a machine share it. RAND_poll(3)
   reseeds the primary generator. It seeds the generators of the threads, which notice that it was
   reseeded, and reseed themselves before they return the next byte.

   The node process already contains everything used here. The few declarations of Node-API come from
   its js_native_api.h, whose ABI does not change. */

#include <stdbool.h>
#include <stddef.h>

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env env, napi_callback_info info);

extern int napi_create_function(napi_env env, const char *name, size_t length, napi_callback callback,
                                void *data, napi_value *result);
extern int napi_get_boolean(napi_env env, bool value, napi_value *result);
extern int RAND_poll(void);

/* Returns whether it succeeded. */
static napi_value reseed(napi_env env, napi_callback_info info)
{
	(void)info;
	napi_value result = NULL;
	napi_get_boolean(env, RAND_poll() == 1, &result);
	return result;
}

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env,
                                                                          napi_value exports);

/* The module is the function. */
napi_value napi_register_module_v1(napi_env env, napi_value exports)
{
	napi_value function = NULL;
	return napi_create_function(env, "reseed", 6, reseed, NULL, &function) == 0 ? function : exports;
}
