using System.Text.Json.Serialization;

namespace Guildhall.Api.Keystone;

// IAM's spellings live here and nowhere else.

internal sealed record IamError([property: JsonPropertyName("error")] IamFault Error);

internal sealed record IamFault(
    [property: JsonPropertyName("code")] int Code,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("title")] string Title);

internal sealed record TokenAnswer([property: JsonPropertyName("token")] TokenBody Token);

/// <summary>A token without a scope has no roles, catalog, project and domain.</summary>
internal sealed record TokenBody(
    [property: JsonPropertyName("expires_at")] string ExpiresAt,
    [property: JsonPropertyName("issued_at")] string IssuedAt,
    [property: JsonPropertyName("methods")] IReadOnlyList<string> Methods,
    [property: JsonPropertyName("user")] TokenUser User,
    [property: JsonPropertyName("project"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TokenProject? Project,
    [property: JsonPropertyName("domain"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Named? Domain,
    [property: JsonPropertyName("roles"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<Named>? Roles,
    [property: JsonPropertyName("catalog"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<CatalogService>? Catalog);

internal sealed record Named(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("name")] string Name);

/// <param name="PasswordExpiresAt">Empty: passwords do not expire.</param>
internal sealed record TokenUser(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("password_expires_at")] string PasswordExpiresAt,
    [property: JsonPropertyName("domain")] Named Domain);

internal sealed record TokenProject(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("domain")] Named Domain);

internal sealed record CatalogService(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("endpoints")] IReadOnlyList<CatalogEndpoint> Endpoints);

internal sealed record CatalogEndpoint(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("interface")] string Interface,
    [property: JsonPropertyName("region")] string Region,
    [property: JsonPropertyName("region_id")] string RegionId,
    [property: JsonPropertyName("url")] string Url);

internal sealed record ListLinks(
    [property: JsonPropertyName("self")] string Self,
    [property: JsonPropertyName("next")] string? Next,
    [property: JsonPropertyName("previous")] string? Previous);

internal sealed record SelfLink([property: JsonPropertyName("self")] string Self);

internal sealed record ProjectList(
    [property: JsonPropertyName("links")] ListLinks Links,
    [property: JsonPropertyName("projects")] IReadOnlyList<Project> Projects);

/// <param name="ParentId">The account: projects have no projects in them.</param>
internal sealed record Project(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("domain_id")] string DomainId,
    [property: JsonPropertyName("parent_id")] string ParentId,
    [property: JsonPropertyName("is_domain")] bool IsDomain,
    [property: JsonPropertyName("enabled")] bool Enabled,
    [property: JsonPropertyName("description")] string Description,
    [property: JsonPropertyName("links")] SelfLink Links);

internal sealed record DomainList(
    [property: JsonPropertyName("domains")] IReadOnlyList<Domain> Domains,
    [property: JsonPropertyName("links")] ListLinks Links);

internal sealed record Domain(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("enabled")] bool Enabled,
    [property: JsonPropertyName("description")] string Description,
    [property: JsonPropertyName("links")] SelfLink Links);

internal sealed record CredentialAnswer([property: JsonPropertyName("credential")] Credential Credential);

internal sealed record CredentialList([property: JsonPropertyName("credentials")] IReadOnlyList<Credential> Credentials);

/// <param name="Secret">Only in the answer to its creation.</param>
internal sealed record Credential(
    [property: JsonPropertyName("access")] string Access,
    [property: JsonPropertyName("secret"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Secret,
    [property: JsonPropertyName("create_time")] string CreateTime,
    [property: JsonPropertyName("user_id")] string UserId,
    [property: JsonPropertyName("description")] string Description,
    [property: JsonPropertyName("status")] string Status)
{
    public override string ToString() => $"access key {Access}";
}
