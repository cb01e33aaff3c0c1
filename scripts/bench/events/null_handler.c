/* An event handler that does nothing: what Janus's event thread costs by itself. */
#include <events/eventhandler.h>

#include "../frame/plugin_identity.h"

PLUGIN_IDENTITY(JANUS_EVENTHANDLER_API_VERSION, "Handler of nothing, to compare with.",
	"janus.eventhandler.nullevh")

static int null_init(const char *config_path) { return config_path != NULL ? 0 : -1; }
static void null_destroy(void) {}
static void null_event(json_t *event) { (void)event; }
static json_t *null_request(json_t *request) { (void)request; return json_object(); }

static janus_eventhandler plugin = {
	.init = null_init,
	.destroy = null_destroy,
	PLUGIN_IDENTITY_MEMBERS,
	.incoming_event = null_event,
	.handle_request = null_request,
	.events_mask = JANUS_EVENT_TYPE_PLUGIN,
};

janus_eventhandler *create(void);

janus_eventhandler *create(void) { return &plugin; }
