namespace Guildhall.Fabric;

/// <summary>How a gRPC call failed. Only the first three are sure to have done nothing.</summary>
internal enum GrpcFailure
{
    NotReached,
    TlsRefused,

    /// <summary>The address is one that this program does not connect to.</summary>
    NotAllowed,
    TimedOut,
    Broken,
    Refused,

    /// <summary>The server sends more than is read.</summary>
    TooMuch,

    /// <summary>Too much is being received from others.</summary>
    Crowded,
}

/// <summary>A failed call, before the step that made it is known.</summary>
internal sealed class GrpcProblem(GrpcFailure failure, string message, int? status = null, Exception? inner = null) : Exception(message, inner)
{
    public GrpcFailure Failure => failure;

    /// <summary>The gRPC status, where the server ended the call with one.</summary>
    public int? Status => status;
}
