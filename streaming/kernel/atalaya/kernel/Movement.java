package atalaya.kernel;

/**
 * One event that fits its contract: values in the order of the contract's fields (String, Long, Double, Boolean or null), and when the event
 * was written, in microseconds.
 */
record Movement(String origin, String eventId, int replyTo, Object[] values, long writtenAt) {}
