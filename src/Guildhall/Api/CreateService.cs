using System.Collections.Immutable;
using Guildhall.Api.Wire;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Api;

/// <summary>CreateNewBlockchain: registers a service of the caller's project, as a creator or as an invitee.</summary>
internal static class CreateService
{
    private const int MaxDescriptionLength = 256;

    public static void MapCreateService(this IEndpointRouteBuilder api) =>
        api.MapPost("blockchains", HandleAsync).WithName("CreateNewBlockchain");

    private static async Task<IResult> HandleAsync(
        Fields body, Caller caller, ServiceManagement services, CancellationToken cancellationToken)
    {
        var wanted = Read(body);
        if (body.Refusal is { } malformed)
        {
            return malformed.ToResponse();
        }

        return (await services.CreateAsync(caller, wanted, cancellationToken)).IsRefused(out var refusal, out var created)
            ? refusal.ToResponse()
            : Answers.Ok(new ServiceCreated(created.Id, created.Name, created.OperationId), Answers.Json.ServiceCreated);
    }

    /// <summary>The service that the body asks for; the console reads its form as the body that would ask for the same.</summary>
    internal static NewService Read(Fields body)
    {
        // Mandatory in the reference, and of no use to a register. The password is looked at for its type and forgotten.
        body.Name("enterprise_project_id");
        body.Name("resource_password");
        body.Flag("create_new_cluster");

        var name = body.Name("name");
        RefuseUnless(name.Length == 0 || NamingRules.IsName(name), body, "name", NamingRules.NameRule);
        var edition = (Edition)body.Number("version_type", (int)Edition.Professional, (int)Edition.Basic);
        var isInvitee = body.OptionalFlag("is_invitee") is true;
        var version = body.OptionalText("fabric_version");
        RefuseUnless(version is null || FabricVersions.IsVersion(version), body, "fabric_version", "must be a version such as 2.2");
        return new NewService(
            name,
            edition,
            body.OptionalChoice("blockchain_type", Traits.Union, "private"),
            version,
            ReadConsensus(body, version, isInvitee),
            Spelled(body, "sign_algorithm", "ECDSA", "sm2"),
            body.OptionalChoice("database_type", "goleveldb", "couchdb") ?? "goleveldb",
            Spelled(body, "cluster_type", "CCE", "ief") ?? body.Name("cluster_type"),
            body.OptionalFlag("tc3_need") ?? false,
            ReadOrganizations(body),
            ReadChannels(body),
            isInvitee ? body.Object("invitor_infos", ReadInvitation) : null);
    }

    private static string? ReadConsensus(Fields body, string? version, bool isInvitee)
    {
        var consensus = Spelled(body, "consensus", FabricVersions.Consensus);

        // An invitee that leaves the version out takes its inviter's, and is compared with it whole.
        if (consensus is not null && !(isInvitee && version is null))
        {
            var known = FabricVersions.ConsensusOf(version ?? FabricVersions.Default);
            RefuseUnless(
                known.Contains(consensus), body, "consensus", $"must be one of {string.Join(", ", known)} with Fabric {version ?? FabricVersions.Default}");
        }

        return consensus;
    }

    private static ImmutableArray<Organization> ReadOrganizations(Fields body)
    {
        var organizations = body.OptionalList("peer_orgs", item =>
        {
            var organization = new Organization(item.Name("name"), item.Number("node_count", 1, int.MaxValue));
            RefuseUnless(organization.Name.Length == 0 || NamingRules.IsName(organization.Name), item, "name", NamingRules.NameRule);
            return organization;
        });
        body.RefuseRepeats("peer_orgs", organizations.Select(organization => organization.Name));
        return organizations;
    }

    private static ImmutableArray<NewChannel> ReadChannels(Fields body)
    {
        var channels = body.OptionalList("channels", item =>
        {
            var channel = new NewChannel(item.Name("name"), item.OptionalText("description", MaxDescriptionLength) ?? "", item.NameList("org_names"));
            CreateChannels.CheckName(item, channel.Name);
            item.RefuseRepeats("org_names", channel.Organizations);
            return channel;
        });
        body.RefuseRepeats("channels", channels.Select(channel => channel.Name));
        return channels;
    }

    private static InvitingService ReadInvitation(Fields inviter) => new(inviter.Id("tenant_id"), inviter.Id("project_id"), inviter.Id("blockchain_id"));

    /// <summary>A word that callers write in either case, as we spell it; null when it is absent.</summary>
    private static string? Spelled(Fields body, string name, params ImmutableArray<string> words)
    {
        if (body.OptionalText(name) is not { } text)
        {
            return null;
        }

        var spelled = words.FirstOrDefault(word => word.Equals(text, StringComparison.OrdinalIgnoreCase));
        RefuseUnless(spelled is not null, body, name, $"must be one of {string.Join(", ", words)}, not {Refusal.Quote(text)}");
        return spelled ?? text;
    }

    private static void RefuseUnless(bool isValid, Fields fields, string name, string rule)
    {
        if (!isValid)
        {
            fields.Refuse(Refusal.ParameterInvalid.Because($"{fields.PathOf(name)} {rule}"));
        }
    }
}
