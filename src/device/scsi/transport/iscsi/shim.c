/*
 * One iSCSI session, by libiscsi. Everything that depends on its headers is here, so that the
 * compiler checks it: the other side knows this session as an opaque pointer, and the functions
 * below, which take numbers and bytes only.
 *
 * One thing goes on at a time: a `begin` starts it, `rsm_iscsi_ended` says whether it is over,
 * `rsm_iscsi_status` how. Nothing here blocks but the two functions of the system that libiscsi
 * calls without waiting.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>

_Static_assert(LIBISCSI_API_VERSION >= 20160603, "libiscsi is too old");
_Static_assert(SCSI_CDB_MAX_SIZE >= 16, "libiscsi takes no long commands");
_Static_assert(sizeof(((struct scsi_task *)0)->datain.data[0]) == 1, "sense data are no bytes");
_Static_assert(sizeof(int) >= 4, "int is too short for a status");

enum direction { NO_DATA = 0, FROM_DEVICE = 1, TO_DEVICE = 2 };

struct rsm_iscsi {
    struct iscsi_context *context;
    struct scsi_task *task;
    char *text;
    int begun;
    int ended;
    int status;
};

static void over(struct rsm_iscsi *session, int status)
{
    if (session->begun && !session->ended) {
        session->ended = 1;
        session->status = status;
    }
}

static void on_end(struct iscsi_context *context, int status, void *data, void *session)
{
    (void)context;
    (void)data;
    over(session, status);
}

static int begin(struct rsm_iscsi *session)
{
    if (session->begun)
        return 0;
    session->begun = 1;
    session->ended = 0;
    session->status = SCSI_STATUS_ERROR;
    return 1;
}

/* What has not begun cannot end. */
static int begun(struct rsm_iscsi *session, int result)
{
    if (result != 0)
        session->begun = 0;
    return result == 0;
}

struct rsm_iscsi *rsm_iscsi_new(const char *initiator)
{
    struct rsm_iscsi *session = calloc(1, sizeof *session);

    if (session == NULL)
        return NULL;
    session->context = iscsi_create_context(initiator);
    if (session->context == NULL) {
        free(session);
        return NULL;
    }
    /* A lost connection ends what is under way: nothing is sent again. */
    iscsi_set_noautoreconnect(session->context, 1);
    iscsi_set_reconnect_max_retries(session->context, 0);
    /* Deadlines are kept by who polls. */
    iscsi_set_timeout(session->context, 0);
    return session;
}

/* Closes the connection as it is. Afterwards nothing refers to the buffer of a command. */
void rsm_iscsi_free(struct rsm_iscsi *session)
{
    session->begun = 0;
    iscsi_destroy_context(session->context);
    if (session->task != NULL)
        scsi_free_scsi_task(session->task);
    free(session->text);
    free(session);
}

int rsm_iscsi_set_isid(struct rsm_iscsi *session, uint32_t random, uint32_t qualifier)
{
    return iscsi_set_isid_random(session->context, random, qualifier) == 0;
}

int rsm_iscsi_set_target(struct rsm_iscsi *session, const char *name)
{
    enum iscsi_session_type type = name ? ISCSI_SESSION_NORMAL : ISCSI_SESSION_DISCOVERY;

    if (name != NULL && iscsi_set_targetname(session->context, name) != 0)
        return 0;
    return iscsi_set_session_type(session->context, type) == 0;
}

int rsm_iscsi_set_digest(struct rsm_iscsi *session, int wanted)
{
    enum iscsi_header_digest digest =
        wanted ? ISCSI_HEADER_DIGEST_CRC32C : ISCSI_HEADER_DIGEST_NONE_CRC32C;

    return iscsi_set_header_digest(session->context, digest) == 0;
}

int rsm_iscsi_set_chap(struct rsm_iscsi *session, const char *user, const char *secret)
{
    return iscsi_set_initiator_username_pwd(session->context, user, secret) == 0;
}

int rsm_iscsi_set_mutual_chap(struct rsm_iscsi *session, const char *user, const char *secret)
{
    return iscsi_set_target_username_pwd(session->context, user, secret) == 0;
}

int rsm_iscsi_begin_connect(struct rsm_iscsi *session, const char *portal)
{
    return begin(session)
        && begun(session, iscsi_connect_async(session->context, portal, on_end, session));
}

int rsm_iscsi_begin_login(struct rsm_iscsi *session)
{
    return begin(session) && begun(session, iscsi_login_async(session->context, on_end, session));
}

int rsm_iscsi_begin_logout(struct rsm_iscsi *session)
{
    return begin(session) && begun(session, iscsi_logout_async(session->context, on_end, session));
}

static size_t append(char *text, size_t length, const char *what, char after)
{
    size_t more = strlen(what);

    if (text != NULL) {
        memcpy(text + length, what, more);
        text[length + more] = after;
    }
    return length + more + 1;
}

/* A line for each target: its name and, after spaces, its portals. */
static size_t describe(char *text, const struct iscsi_discovery_address *address)
{
    size_t length = 0;

    for (; address != NULL; address = address->next) {
        const struct iscsi_target_portal *portal = address->portals;

        if (address->target_name == NULL)
            continue;
        length = append(text, length, address->target_name, portal ? ' ' : '\n');
        for (; portal != NULL; portal = portal->next)
            length = append(text, length, portal->portal ? portal->portal : "",
                            portal->next ? ' ' : '\n');
    }
    return length;
}

static void on_targets(struct iscsi_context *context, int status, void *data, void *private)
{
    struct rsm_iscsi *session = private;

    (void)context;
    if (status == SCSI_STATUS_GOOD && session->begun && session->text == NULL) {
        session->text = calloc(1, describe(NULL, data) + 1);
        if (session->text != NULL)
            describe(session->text, data);
        else
            status = SCSI_STATUS_ERROR;
    }
    over(session, status);
}

int rsm_iscsi_begin_discovery(struct rsm_iscsi *session)
{
    return begin(session)
        && begun(session, iscsi_discovery_async(session->context, on_targets, session));
}

const char *rsm_iscsi_targets(const struct rsm_iscsi *session)
{
    return session->text;
}

/* The buffer must stay until the command has ended or the session is freed. */
int rsm_iscsi_begin_command(struct rsm_iscsi *session, uint32_t unit, const unsigned char *command,
                            uint32_t length, int direction, unsigned char *data, uint32_t size)
{
    static const int directions[] = { SCSI_XFER_NONE, SCSI_XFER_READ, SCSI_XFER_WRITE };
    unsigned char copy[SCSI_CDB_MAX_SIZE] = { 0 };
    int added = 0;

    if (session->task != NULL || length > sizeof copy || size > INT32_MAX || unit > INT32_MAX)
        return 0;
    if (direction < NO_DATA || direction > TO_DEVICE || !begin(session))
        return 0;
    memcpy(copy, command, length);
    session->task = scsi_create_task((int)length, copy, directions[direction], (int)size);
    if (session->task == NULL)
        return begun(session, -1);
    if (direction == FROM_DEVICE)
        added = scsi_task_add_data_in_buffer(session->task, (int)size, data);
    if (direction == TO_DEVICE)
        added = scsi_task_add_data_out_buffer(session->task, (int)size, data);
    if (added == 0)
        added = iscsi_scsi_command_async(session->context, (int)unit, session->task, on_end, NULL,
                                         session);
    if (added != 0) {
        scsi_free_scsi_task(session->task);
        session->task = NULL;
    }
    return begun(session, added);
}

/* Bytes that were not transferred. */
uint32_t rsm_iscsi_missing(const struct rsm_iscsi *session)
{
    if (session->task == NULL || session->task->residual_status != SCSI_RESIDUAL_UNDERFLOW)
        return 0;
    return session->task->residual > UINT32_MAX ? UINT32_MAX : (uint32_t)session->task->residual;
}

/* Copies the sense data, as far as there is room; they come behind their length, in two bytes. */
uint32_t rsm_iscsi_sense(const struct rsm_iscsi *session, unsigned char *sense, uint32_t room)
{
    const struct scsi_task *task = session->task;
    size_t length;

    if (task == NULL || session->status != SCSI_STATUS_CHECK_CONDITION)
        return 0;
    if (task->datain.data == NULL || task->datain.size < 2)
        return 0;
    length = ((size_t)task->datain.data[0] << 8) | task->datain.data[1];
    if (length > (size_t)task->datain.size - 2)
        length = (size_t)task->datain.size - 2;
    if (length > room)
        length = room;
    memcpy(sense, task->datain.data + 2, length);
    return (uint32_t)length;
}

/* Makes room for the next thing. Only after the end of the last one. */
void rsm_iscsi_clear(struct rsm_iscsi *session)
{
    if (!session->ended)
        return;
    session->begun = 0;
    if (session->task != NULL)
        scsi_free_scsi_task(session->task);
    session->task = NULL;
}

int rsm_iscsi_ended(const struct rsm_iscsi *session)
{
    return session->ended;
}

/* The status of the device, or -1: no answer, -2: the target is elsewhere. */
int rsm_iscsi_status(const struct rsm_iscsi *session)
{
    if (session->status == SCSI_STATUS_REDIRECT)
        return -2;
    return session->status >= 0 && session->status <= 0xFF ? session->status : -1;
}

int rsm_iscsi_fd(const struct rsm_iscsi *session)
{
    return iscsi_get_fd(session->context);
}

int rsm_iscsi_events(const struct rsm_iscsi *session)
{
    return iscsi_which_events(session->context);
}

int rsm_iscsi_service(struct rsm_iscsi *session, int events)
{
    return iscsi_service(session->context, events) == 0;
}

const char *rsm_iscsi_error(const struct rsm_iscsi *session)
{
    return iscsi_get_error(session->context);
}

const char *rsm_iscsi_elsewhere(const struct rsm_iscsi *session)
{
    return iscsi_get_target_address(session->context);
}
