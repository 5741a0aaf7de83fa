using Guildhall.Memberships;

namespace Guildhall.Identity;

/// <summary>What a request carries to say who sends it.</summary>
/// <param name="RawPath">The path as it came, percent-encoding kept.</param>
/// <param name="RawQuery">The query as it came, without the question mark.</param>
/// <param name="ReadBody">Reads the raw body once; a refusal when it is too large or broken. Only a signature needs it.</param>
/// <param name="RemoteAddress">Failures are slowed per address.</param>
public sealed record Credentials(
    string Method,
    string RawPath,
    string RawQuery,
    IHeaderDictionary Headers,
    Func<Task<Result<ReadOnlyMemory<byte>>>> ReadBody,
    string RemoteAddress);

/// <summary>A user who has proved to be one, by token or by signature.</summary>
/// <param name="Scope">The project a token is scoped to; null for other tokens and for signatures.</param>
/// <param name="IsUnbound">True for a signature: it may act in every project of its account.</param>
public sealed record Principal(
    string AccountId, string AccountName, string UserId, string UserName, Role Role, ProjectScope? Scope, bool IsUnbound);

/// <summary>A project as a scope.</summary>
public sealed record ProjectScope(string Id, string Name);

/// <summary>The two doors: X-Auth-Token, and the SDK signature. A request with both is judged by its token.</summary>
public sealed class Doors
{
    /// <summary>Who sends the request, or why that is not believed.</summary>
    public Task<Result<Principal>> AuthenticateAsync(Credentials credentials, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <summary>The caller in the project of the path, or <see cref="Refusal.ProjectForbidden"/>.</summary>
    public Task<Result<Caller>> EnterAsync(Principal principal, string projectId, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
