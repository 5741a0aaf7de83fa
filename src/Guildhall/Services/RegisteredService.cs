namespace Guildhall.Services;

/// <summary>A service that was registered just now.</summary>
/// <param name="OperationId">The operation that records it.</param>
public sealed record RegisteredService(string Id, string Name, string OperationId);
