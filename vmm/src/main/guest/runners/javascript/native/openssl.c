/* Has OpenSSL take new random state from the kernel, which Node has no function for.

   The state of OpenSSL's generators is in memory, so clones of a machine share it. RAND_poll(3)
   reseeds the primary generator. Those that each thread has are seeded by it; they see that it was
   and reseed themselves before they give the next byte.

   Everything used here is in the node process already. The few declarations of Node-API are those
   of its js_native_api.h: its ABI does not change. */

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

/* Whether it succeeded. */
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
