// Declarations of all that this module uses of Node, so that no header of Node's is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

extern "C" {

// ---- public and stable: N-API and libuv ----------------------------------------------------------

typedef struct Env* napi_env;
typedef struct Value* napi_value;
typedef struct CallbackInfo* napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
int napi_create_function(napi_env, const char*, size_t, napi_callback, void*, napi_value*);
int napi_set_named_property(napi_env, napi_value, const char*, napi_value);
int napi_create_string_utf8(napi_env, const char*, size_t, napi_value*);
int napi_create_int32(napi_env, int32_t, napi_value*);
int napi_create_array(napi_env, napi_value*);
int napi_set_element(napi_env, napi_value, uint32_t, napi_value);
int napi_get_array_length(napi_env, napi_value, uint32_t*);
int napi_get_cb_info(napi_env, napi_callback_info, size_t*, napi_value*, napi_value*, void**);
int napi_get_value_int32(napi_env, napi_value, int32_t*);
int napi_get_value_string_utf8(napi_env, napi_value, char*, size_t, size_t*);
int napi_get_uv_event_loop(napi_env, void**);
int napi_add_env_cleanup_hook(napi_env, void (*)(void*), void*);
int uv_loop_fork(void* loop);
int uv_run(void* loop, int mode);
void uv_update_time(void* loop);
uint64_t uv_hrtime(void);

// ---- private: exported by the node executable, without any promise --------------------------------
// Weak, so that a symbol that a Node lacks has a null address.

#define PRIVATE(name) asm(name) __attribute__((weak))

// From a thread to its isolate, context, environment and platform. v8::Local is one pointer.
void* current_isolate() PRIVATE("_ZN2v87Isolate10GetCurrentEv");
void* current_context(void* isolate) PRIVATE("_ZN2v87Isolate17GetCurrentContextEv");
void* environment_of(void* context) PRIVATE("_ZN4node21GetCurrentEnvironmentEN2v85LocalINS0_7ContextEEE");
void* platform_of(void* environment) PRIVATE("_ZN4node23GetMultiIsolatePlatformEPNS_11EnvironmentE");
// A full collection: every child would copy the garbage of the warm-up.
void collect_garbage(void* isolate) PRIVATE("_ZN2v87Isolate21LowMemoryNotificationEv");
// The generator of the seeds of Math.random.
void* random_generator_of(void* isolate) PRIVATE("_ZN2v88internal7Isolate23random_number_generatorEv");
void seed_random_generator(void* generator, int64_t seed) PRIVATE("_ZN2v84base21RandomNumberGenerator7SetSeedEl");
// How deep JavaScript may recurse on this thread.
void set_stack_limit(void* isolate, uintptr_t lowest) PRIVATE("_ZN2v87Isolate13SetStackLimitEm");
// WorkerThreadsTaskRunner is V8's pool: shutting it down joins its threads, a new one starts some.
void construct_pool(void* pool, int threads) PRIVATE("_ZN4node23WorkerThreadsTaskRunnerC1Ei");
void shut_down_pool(void* pool) PRIVATE("_ZN4node23WorkerThreadsTaskRunner8ShutdownEv");
int threads_of_pool(const void* pool) PRIVATE("_ZNK4node23WorkerThreadsTaskRunner21NumberOfWorkerThreadsEv");
// NodePlatform: finishing the pool's tasks, its size, and the two ways of giving it work.
void drain(void* platform, void* isolate) PRIVATE("_ZN4node12NodePlatform10DrainTasksEPN2v87IsolateE");
int threads_of_platform(void* platform) PRIVATE("_ZN4node12NodePlatform21NumberOfWorkerThreadsEv");
void give_work(void* platform, void* task)
    PRIVATE("_ZN4node12NodePlatform18CallOnWorkerThreadESt10unique_ptrIN2v84TaskESt14default_deleteIS3_EE");
void give_later_work(void* platform, void* task, double delay)
    PRIVATE("_ZN4node12NodePlatform25CallDelayedOnWorkerThreadESt10unique_ptrIN2v84TaskESt14default_deleteIS3_EEd");
// Tables of virtual functions, by which the type of an object is checked.
extern void* const platform_table[] PRIVATE("_ZTVN4node12NodePlatformE");
extern void* const pool_owner_table[]
    PRIVATE("_ZTVSt23_Sp_counted_ptr_inplaceIN4node23WorkerThreadsTaskRunnerESaIS1_ELN9__gnu_cxx12_Lock_policyE2EE");
// Handler that process.exit() and an uncaught exception end in.
void on_process_exit(void* environment, std::function<void(void*, int)>*)
    PRIVATE("_ZN4node21SetProcessExitHandlerEPNS_11EnvironmentEOSt8functionIFvS1_iEE");
// Start time of the process, for process.uptime(), performance.now() and performance.timeOrigin.
extern uint64_t node_start PRIVATE("_ZN4node11per_process15node_start_timeE");
extern uint64_t performance_start PRIVATE("_ZN4node11performance25performance_process_startE");
extern double performance_start_date PRIVATE("_ZN4node11performance35performance_process_start_timestampE");
}
