using Guildhall.Identity;
using Guildhall.Storage;

namespace Guildhall.Api.Keystone;

/// <summary>A token as its creation and its validation show it.</summary>
internal static class TokenShapes
{
    public const string SubjectTokenHeader = "X-Subject-Token";

    /// <remarks>The query parameter <c>nocatalog</c> leaves the catalog out, with any value or none.</remarks>
    public static TokenAnswer Of(TokenEntry token, HttpContext context)
    {
        var principal = token.Principal;
        var account = new Named(principal.AccountId, principal.AccountName);
        var isScoped = token.IsDomainScoped || principal.Scope is not null;
        var hasCatalog = isScoped && !context.Request.Query.ContainsKey("nocatalog");
        return new TokenAnswer(new TokenBody(
            token.ExpiresAt.ToIam(),
            token.IssuedAt.ToIam(),
            ["password"],
            new TokenUser(principal.UserId, principal.UserName, "", account),
            principal.Scope is { } project ? new TokenProject(project.Id, project.Name, account) : null,
            token.IsDomainScoped ? account : null,
            isScoped ? [new Named("0", principal.Role.ToStored())] : null,
            hasCatalog ? CatalogOf(principal.Scope, KeystoneApi.BaseUrlOf(context)) : null));
    }

    /// <summary>Everything is this server; the member-management API needs a project in its address.</summary>
    private static IReadOnlyList<CatalogService> CatalogOf(ProjectScope? project, string baseUrl)
    {
        var identity = ServiceOf("identity", "*", baseUrl + KeystoneApi.Root);
        return project is null ? [identity] : [ServiceOf("bcs", project.Name, $"{baseUrl}/v2/{project.Id}"), identity];
    }

    private static CatalogService ServiceOf(string type, string region, string url) =>
        new(type, type, type, [new CatalogEndpoint($"{type}-public", "public", region, region, url)]);
}
