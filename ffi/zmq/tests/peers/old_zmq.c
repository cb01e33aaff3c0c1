/* A libzmq that is too old. */
void zmq_version(int *major, int *minor, int *patch)
{
	*major = 4;
	*minor = 1;
	*patch = 6;
}
