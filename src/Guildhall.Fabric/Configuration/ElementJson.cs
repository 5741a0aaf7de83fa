using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Guildhall.Fabric.Messages;
using Classification = Guildhall.Fabric.Messages.MSPPrincipal.Types.Classification;
using Kind = Guildhall.Fabric.Messages.Policy.Types.Kind;

namespace Guildhall.Fabric;

/// <summary>Elements of a configuration as JSON, in the form in which Fabric's configtxlator shows them. What is not there is left out.</summary>
internal static class ElementJson
{
    private const FabricStep Step = FabricStep.ReadConfiguration;
    private const int MaxDepth = 8; // of a rule that is shown: three levels of JSON each

    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true).WithFormatDefaultValues(true));

    public static JsonObject Of(ConfigGroup group) => new()
    {
        ["groups"] = Map(group.Groups, (_, below) => Of(below)),
        ["mod_policy"] = group.ModPolicy,
        ["policies"] = Map(group.Policies, (_, policy) => Of(policy)),
        ["values"] = Map(group.Values, Of),
        ["version"] = Text(group.Version),
    };

    public static JsonObject Of(ConfigPolicy policy) => new()
    {
        ["mod_policy"] = policy.ModPolicy,
        ["policy"] = policy.Policy is { } rule ? new JsonObject { ["type"] = (int)rule.Type, ["value"] = RuleOf(rule) } : null,
        ["version"] = Text(policy.Version),
    };

    /// <param name="name">Tells what is in it. Values that have nothing to do with organizations are shown in base64.</param>
    public static JsonObject Of(string name, ConfigValue value) => new()
    {
        ["mod_policy"] = value.ModPolicy,
        ["value"] = name switch
        {
            "MSP" => MspOf(Wire.Parse(MSPConfig.Parser, value.Value, Step)),
            "AnchorPeers" => Plain(Wire.Parse(AnchorPeers.Parser, value.Value, Step)),
            "OrdererAddresses" or "Endpoints" => Plain(Wire.Parse(OrdererAddresses.Parser, value.Value, Step)),
            _ => value.Value.ToBase64(),
        },
        ["version"] = Text(value.Version),
    };

    /// <summary>A message in which nothing is hidden in bytes.</summary>
    public static JsonNode Plain(IMessage message) => JsonNode.Parse(Formatter.Format(message))!;

    private static JsonObject MspOf(MSPConfig msp) => new()
    {
        ["config"] = msp.Type == 0 ? Plain(Wire.Parse(FabricMSPConfig.Parser, msp.Config, Step)) : msp.Config.ToBase64(),
        ["type"] = msp.Type,
    };

    private static JsonNode? RuleOf(Messages.Policy policy) => policy.Type switch
    {
        Kind.ImplicitMeta => ImplicitOf(Wire.Parse(ImplicitMetaPolicy.Parser, policy.Value, Step)),
        Kind.Signature => SignatureOf(Wire.Parse(SignaturePolicyEnvelope.Parser, policy.Value, Step)),
        _ => policy.Value.ToBase64(),
    };

    private static JsonObject ImplicitOf(ImplicitMetaPolicy policy) => new() { ["rule"] = Word(policy.Rule), ["sub_policy"] = policy.SubPolicy };

    private static JsonObject SignatureOf(SignaturePolicyEnvelope policy) => new()
    {
        ["identities"] = new JsonArray([.. policy.Identities.Select(PrincipalOf)]),
        ["rule"] = policy.Rule is null ? null : Depth(policy.Rule) <= MaxDepth ? Plain(policy.Rule) : policy.Rule.ToByteString().ToBase64(),
        ["version"] = policy.Version,
    };

    private static int Depth(SignaturePolicy rule) => 1 + (rule.NOutOf?.Rules.Select(Depth).DefaultIfEmpty().Max() ?? 0);

    private static JsonObject PrincipalOf(MSPPrincipal principal) => new()
    {
        ["principal"] = principal.PrincipalClassification == Classification.Role ? RoleOf(Wire.Parse(MSPRole.Parser, principal.Principal, Step)) : principal.Principal.ToBase64(),
        ["principal_classification"] = Word(principal.PrincipalClassification),
    };

    private static JsonObject RoleOf(MSPRole role) => new() { ["msp_identifier"] = role.MspIdentifier, ["role"] = Word(role.Role) };

    private static JsonObject Map<T>(IEnumerable<KeyValuePair<string, T>> members, Func<string, T, JsonNode> show) =>
        new(members.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => KeyValuePair.Create(one.Key, (JsonNode?)show(one.Key, one.Value))));


    /// <summary>Fabric's own names of these have no prefix: ADMIN, where this library's schema must say ROLE_ADMIN.</summary>
    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseUpper.ConvertName(value.ToString());

    private static string Text(ulong version) => version.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
