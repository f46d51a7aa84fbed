// The native part of the forkable Python, used by zygote.py.
//
// It needs no header of Python's: all that it uses is declared here. All but `run` uses the stable ABI.

#include "../launcher.h"

#include <sys/sysmacros.h>

typedef struct Object Object;
typedef Object *(*Function)(Object *module, Object *arguments);

typedef struct {
  const char *name;
  Function function;
  int flags;
  const char *doc;
} Method;

// PyModuleDef, with the object header.
typedef struct {
  intptr_t references;
  void *type, *init;
  intptr_t index;
  void *copy;
  const char *name, *doc;
  intptr_t size;
  Method *methods;
  void *slots, *traverse, *clear, *free;
} Definition;

enum { ANY_ARGUMENTS = 1, NO_ARGUMENTS = 4, ONE_ARGUMENT = 8, ABI_VERSION = 3 };

Object *PyModule_Create2(Definition *, int version);
Object *PyList_New(intptr_t size);
int PyList_Append(Object *list, Object *item);
Object *PyUnicode_DecodeFSDefault(const char *);
const char *PyUnicode_AsUTF8AndSize(Object *, intptr_t *size);
void Py_DecRef(Object *);
Object *Py_BuildValue(const char *format, ...);
int PyArg_ParseTuple(Object *, const char *format, ...);
void *PyThreadState_Get(void);
Object *PyEval_EvalCode(Object *code, Object *globals, Object *locals);
void PyOS_BeforeFork(void);
void PyOS_AfterFork_Parent(void);
void PyOS_AfterFork_Child(void);

static struct launcher launcher;

/// Memory of the arguments as the kernel placed it, in one piece up to the first variable.
static char *shown;
static size_t shown_bytes;

static Object *zygote_open(Object *module, Object *unused) {
  (void)module, (void)unused;
  shown = program_invocation_name;
  if (environ[0] > shown) shown_bytes = environ[0] - shown;
  const char *error = launcher_open(&launcher);
  if (error) launcher_fail(&launcher, error);
  launcher_remove_variable(LAUNCHER_VARIABLE);
  return Py_BuildValue("");
}

static Object *zygote_fail(Object *module, Object *why) {
  (void)module;
  const char *text = PyUnicode_AsUTF8AndSize(why, NULL);
  launcher_fail(&launcher, text ? text : "not a text");
}

static Object *list_of(char **strings) {
  Object *list = PyList_New(0);
  for (; list && *strings; strings++) {
    Object *text = PyUnicode_DecodeFSDefault(*strings);
    if (!text || PyList_Append(list, text)) return NULL;
    Py_DecRef(text);
  }
  return list;
}

/// Forks one spare after another. Returns in each.
static Object *zygote_fork(Object *module, Object *unused) {
  (void)module, (void)unused;
  for (;;) {
    PyOS_BeforeFork();
    pid_t spare = fork();
    if (spare == 0) break;
    PyOS_AfterFork_Parent();
    if (spare < 0) launcher_fail(&launcher, strerror(errno));
    launcher_report_exit(&launcher, spare);
  }
  PyOS_AfterFork_Child();
  return Py_BuildValue("");
}

/// Sets the arguments that /proc/PID/cmdline shows. Shorter ones are padded with zeros.
static void show_arguments(char **arguments) {
  size_t used = 0;
  for (char **at = arguments; *at; at++) used += strlen(*at) + 1;
  if (used > shown_bytes) return;
  memset(shown, 0, shown_bytes);
  for (char *at = shown; *arguments; arguments++) at = stpcpy(at, *arguments) + 1;
}

/// In a spare: drops rights and reports that it is ready. Returns true if a request comes within a timeout
/// in milliseconds.
static Object *zygote_await_request(Object *module, Object *arguments) {
  (void)module;
  int milliseconds;
  if (!PyArg_ParseTuple(arguments, "i", &milliseconds)) return NULL;
  const char *error = launcher_drop_rights(&launcher);
  if (error) launcher_fail(&launcher, error);
  return Py_BuildValue("i", launcher_await_request(&launcher, milliseconds));
}

/// True if these are the zygote's own variables: then os.environ is right already.
static int is_own_environment(char **env) {
  char **own = environ;
  while (*own && *env && !strcmp(*own, *env)) own++, env++;
  return !*own && !*env;
}

/// Returns the kind of a descriptor, on which the stream that Python makes of it depends.
static char kind_of(int fd) {
  enum { BUFFER = 4096 };  // as large as a block
  struct stat info;
  if (fstat(fd, &info) || info.st_blksize != BUFFER) return '?';
  if (S_ISFIFO(info.st_mode)) return 'p';
  if (S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3)) return 'n';
  return S_ISREG(info.st_mode) && lseek(fd, 0, SEEK_CUR) == 0 ? 'f' : '?';
}

/// In a spare that is ready: receives a request and becomes its program. Returns its arguments, its variables
/// if they differ from the zygote's, and the kinds of its three streams.
static Object *zygote_receive_request(Object *module, Object *unused) {
  (void)module, (void)unused;
  struct exec_request request;
  const char *error = launcher_receive_request(&launcher, &request);
  if (!error) error = launcher_apply_request(&launcher, &request, 3);
  if (error) launcher_fail(&launcher, error);
  show_arguments(request.argv);
  Object *variables = is_own_environment(request.env) ? Py_BuildValue("") : list_of(request.env);
  return Py_BuildValue("(NN(CCC))", list_of(request.argv), variables, kind_of(0), kind_of(1), kind_of(2));
}

// ---- private: the layout of frames in Python 3.11 ------------------------------------------------------

// The beginning of PyThreadState, and of _PyCFrame. zygote.py checks it before it serves, by running code that
// reads its own frames.
typedef struct {
  void *before, *after, *interpreter;
  int initialized, is_static;
  int recursion_remaining, recursion_limit, recursion_headroom;
  int tracing, tracing_what;
  struct {
    uint8_t uses_tracing;
    void *frame;
  } *c_frame;
} ThreadState;

/// Runs a program's code as Python's own main would: there is no frame below it.
static Object *zygote_run(Object *module, Object *arguments) {
  (void)module;
  Object *code, *variables;
  if (!PyArg_ParseTuple(arguments, "OO", &code, &variables)) return NULL;
  ThreadState *thread = (ThreadState *)PyThreadState_Get();
  void *frame = thread->c_frame->frame;
  int remaining = thread->recursion_remaining, limit = thread->recursion_limit;
  thread->c_frame->frame = NULL;
  thread->recursion_remaining = thread->recursion_limit;
  Object *result = PyEval_EvalCode(code, variables, variables);
  // The program may have set another limit.
  thread->recursion_remaining = thread->recursion_limit - (limit - remaining);
  thread->c_frame->frame = frame;
  return result;
}

static Method methods[] = {
    {"open", zygote_open, NO_ARGUMENTS, NULL},
    {"fail", zygote_fail, ONE_ARGUMENT, NULL},
    {"fork", zygote_fork, NO_ARGUMENTS, NULL},
    {"await_request", zygote_await_request, ANY_ARGUMENTS, NULL},
    {"receive_request", zygote_receive_request, NO_ARGUMENTS, NULL},
    {"run", zygote_run, ANY_ARGUMENTS, NULL},
    {NULL, NULL, 0, NULL},
};

static Definition definition = {.references = 1, .name = "letscode_zygote", .size = -1, .methods = methods};

__attribute__((visibility("default"))) Object *PyInit_letscode_zygote(void) {
  return PyModule_Create2(&definition, ABI_VERSION);
}
