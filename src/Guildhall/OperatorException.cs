namespace Guildhall;

/// <summary>Something that the operator brought about and can put right; the message says how. Commands print it and exit with 1.</summary>
public class OperatorException(string message) : Exception(message);
