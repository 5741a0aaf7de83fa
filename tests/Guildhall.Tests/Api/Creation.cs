using System.Text.Json.Nodes;

namespace Guildhall.Tests.Api;

/// <summary>Bodies of CreateNewBlockchain, and what tests read from the answers of the operations on services.</summary>
internal static class Creation
{
    /// <summary>The mandatory fields, and what the test is about.</summary>
    public static string Of(string name, string more = "") =>
        $$"""
        {
          "name": "{{name}}", "version_type": 3, "enterprise_project_id": "0", "resource_password": "never-kept",
          "cluster_type": "CCE", "create_new_cluster": false{{more}}
        }
        """;

    /// <summary>An invitee's fields that name the inviter.</summary>
    public static string InvitedBy(Person inviter) =>
        $$""", "is_invitee": true, "invitor_infos": { "tenant_id": "{{inviter.AccountId}}", "project_id": "{{inviter.ProjectId}}", "blockchain_id": "{{inviter.ServiceId}}" }""";

    /// <summary>Creates a service; answers its id.</summary>
    public static async Task<string> CreateAsync(this Person person, string name, string more = "")
    {
        var (status, body) = await person.PostAsync("blockchains", Of(name, more));
        Assert.True(status == 200, body);
        return (string)JsonNode.Parse(body)!["blockchain_id"]!;
    }

    public static async Task<JsonNode> DetailAsync(this Person person, string serviceId)
    {
        var (status, body) = await person.GetAsync("blockchains/" + serviceId);
        Assert.True(status == 200, body);
        return JsonNode.Parse(body)!;
    }

    /// <summary>The service's channels as text: <c>trade: crane 2, quay 1</c>.</summary>
    public static async Task<string[]> ChannelsAsync(this Person person, string serviceId)
    {
        var (_, body) = await person.GetAsync($"blockchains/{serviceId}/channels");
        return
        [
            .. JsonNode.Parse(body)!["channels"]!.AsArray().Select(channel => $"{channel!["name"]}: " + string.Join(
                ", ", channel["peers"]!.AsObject().Select(organization => $"{organization.Key} {organization.Value!.AsArray().Count}"))),
        ];
    }

    /// <summary>The answer with every id, hash and time of its own left out.</summary>
    public static (int Status, string Body) WithoutIds((int Status, string Body) answer, params string[] ids) =>
        (answer.Status, ids.Aggregate(answer.Body, (body, id) => body.Replace(id, "*", StringComparison.Ordinal)));
}
