namespace Guildhall.Fabric;

/// <summary>How a gRPC call failed. Only the first two are sure to have done nothing.</summary>
internal enum GrpcFailure
{
    NotReached,
    TlsRefused,
    TimedOut,
    Broken,
    Refused,
}

/// <summary>A failed call, before the step that made it is known.</summary>
internal sealed class GrpcProblem(GrpcFailure failure, string message, int? status = null, Exception? inner = null) : Exception(message, inner)
{
    public GrpcFailure Failure => failure;

    /// <summary>The gRPC status, where the server ended the call with one.</summary>
    public int? Status => status;
}
