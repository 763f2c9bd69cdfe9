// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/game/published_game.h"

#include <string_view>

namespace musicmem::data {
namespace {

// Ids of the clips in the order of their numbers.
constexpr std::string_view clip_ids =
    "thc1MtNagC8Wo2qUD1g7xM3ObVN3QQiZ8S-zQJFRX5FgSyZOAgXiPMwGQT8ejgV2_APQAIxeSIQU4E-8pyVBvCPQQr8eZSVaw10"
    "p7j-tz1Cn4onISI4qF55F4RoeRU5zxkakEygNk739nnYw1G3rqVil1sKKc_RMln5UYNg2JdroNfC0xc0sWhVhmkwVVRszjvg3_U"
    "C7u6rtswjCUHiPkwl5p1GYmYa_9d2Daas6MSYrN4YfKYO2q_9lBDM7I7E_a_VKjcl8a8cJLohQ_Jg7zz-nEVKZdcJeGhUESd_1o"
    "IN1f9k8qVDkRhBb77hG0iwqAiwzv8N7rMAoB8koE95C0j3DigipQ_hQ1X0SdKtnwo8RCJx5VW-fQIS_-qkv0NZ1gC90sY_Ht6Ig"
    "Z5gvqq3ChIIzumMQrI_tMggwsaElRJI2MftjEcrrf7r0ZBBS4imv1qoDyQ_9p6y89cvgZv7Uu4YrAwcLXjQLwSBE7LuQQP-DAoc"
    "BEo0rqOZIngn4HTXYR-2AI72T4j04MS8o6TT_UgrRHq8uo8qDCDZhK0Et-YdmSo_3AoxKbrl4kyg8XgwqnGG-pbI1wpJkzCWHcI"
    "bwQ49N0jVvEOMR2W-7AyYUsjlkxcwhpwA4F1wvsJXXVYYEq-cvq_cK442O51bcJyq05FYAICvv-d0yBzk2xXE9ygzEWSSod0zTY"
    "dvf--10EYXwxQOXxmznGPghMWoOunsMFMTnsOVDCq_b0Yh78Ll6-ODQIYnu4-69fTASubIr_Fyp4MWrRAZVJGImwgFnNr5vr5bQ"
    "j9KKh215HTsXBTT9tSVsh0u8BxVzRG9bESQBuVfTX1ME-MqZKMbOYEAIpniN1Wq68Y1lunUbvf35Mzk04E79riMQuUfPwlxFFJM"
    "Ws-QlpSltr8xT1eOeXlTXg1Ngn3fZIK2E2JL_KcEzkqg4jvQFLlRQloAjGkbFqi67cahpmuikko3UsY5wXfgspQIHMvXE4Zs6ZA"
    "gv7BRXvZJbI4wgo8K28RNM2ySLmwsfP4QMY4YJxn-9Og3gjfHYZ873ocsHiDQXIggEC5VCGM2J5lsey4Fc9DP5RwbI7xde9-3BI"
    "EfZ-dVDySzcZh3uBgwow8AJQTlG7NxJek1CrxzClzLvs0aC-jOKuBFExePw8n4xu8olEHM9HZf0IAxhmtXrtLkgohHItMz0gfaU"
    "99f0oH45TVcco6WMzDOh1oxqzOxMdhmzUh-nnAeByB1ATFv9Kcym9dgtEW2eRQ-4DYVAc0xuVa7jIPALMMqZLAQkSTpRa2JPFA0"
    "SgJMnEdtTXANL2ZHPji3Z0EVSuxb6YwcgwAJMhJpSCIcGphIn74Weu0gue_crpFdSEoQ0O2cd1T04vMcFA2x23FEFhvXg70ycrM"
    "lE_747E_Sdgi0MrGb1hT2UbI8-2blisUMaQ06TfyA1KsZvrysfBDzSsv2seHL0pwbgBrrWNfjgHGsj1c70vRHdhQ3DCHLwOqtJs"
    "g20t_K9dlhUEH1OEWJ9C5wSCBxmcwmX7UtXvpe2GbUec7ZgPGMfUVekaIJuCcGFJkcRLMl1umHgp0KT-m6qTJyN0WJs-_T8I74Y"
    "aIyqRdrHodEXJT-fM4nBJU7QQzDQceGgUfE2h3lGlOskOq1n8fUxQZcpssWSj42t8MGsPq9mzFNGYJg9NbDizoPMIb7m3Qh-4O4"
    "hn3wJ1_1ZsghjZqVw3qI9EcUKD9tEeBp0q_4no3KCrY4VlWs8ey2nygSrp0opA8V8oPYM9NUU9Rocv0UvOsCi8mczaCbuB3w0kg"
    "PCp2iXA1uLES2RnxiNJg0MJtv4satRsP0ytq5pGcM77w9nWpMZFrbvI1kN-34GFMYMYyvo9O8fN-Aulj-L3K_GzsV-ar6MLjy5o"
    "dtOv6WvJ44wXkC8Uzl9pCYjII5qoCrzYE7pcZIsJNlAs0QN9KLFWn7Id6BzCEkGd3IlYxcW8jtFw0R1T_SrdQGH8YOKq1VmEbtc"
    "19Q9l85FeqwCXm7hPs_alsnFOLhtsyvMA-8cFfkyk7vAZIiQ1jMqhVMhejXc_FSYb8eXvBjCO19QYhaCay85cpvoRpJz01guPMY"
    "sPlXrbVLdO8Mme9REVuidwUGTYqTKUl8w9DP0yMwvyWEWrDJMxSKlCA2F8Kr91wQ0Ugyegm85BPPAXhh3_-JRnDcWRSeV_27z6k"
    "HwcCBnfhsR4bd5m12UEHWI1juIFmPyG-YDGsoqhIUgDQ2UL-1MOlSPw2AWE9tqnDPw68b_HImZAigGIulOhzXufcStet_4bnclk"
    "RHGfkuJv0j00uLI6BnVh6wuo6VU4euIbY6pARjpdqxYQhjIhCG_nIPAhV-FwW1LgxUmWfWyhzC22UIISA6t-9zzcgDevCxVY_wA"
    "IrtcCSE2bVYfeVUoKhP1mETfypj4UwvvATeH7sCVCMJk0EVVKs6DQLod7to9URtLZ4TzhhbYS9EO4nn5nypm7GG8hed6HkYNA7g"
    "rWznOAwxM1gzyQkFh-E4AkagKkcRXN2iESZaZU_qi6XcZpDQJnI4OhUD4nWzd63jV49odM1BRqop4F64yFFnZfkIJs2JQH_kt0I"
    "Skt_NKI4d6U";

constexpr std::size_t id_length = 11;

}  // namespace

const GameDesign& published_game() {
  static const GameDesign design = {
      .slots = {0,   1,   2,   3,   4,   0,   5,   6,   2,   7,   8,   9,   1,   10,  11,  12,  13,  4,   14,
                15,  16,  5,   17,  18,  19,  20,  15,  21,  7,   22,  23,  24,  25,  26,  27,  28,  29,  12,
                30,  31,  32,  20,  33,  16,  34,  31,  14,  35,  36,  37,  27,  38,  39,  25,  40,  41,  42,
                43,  44,  21,  45,  46,  32,  47,  48,  49,  30,  50,  51,  52,  53,  54,  35,  55,  56,  57,
                58,  59,  60,  54,  61,  62,  63,  64,  65,  36,  66,  67,  68,  69,  70,  38,  71,  43,  72,
                73,  74,  75,  40,  76,  71,  77,  53,  78,  72,  79,  51,  80,  81,  65,  82,  58,  47,  83,
                84,  63,  85,  86,  87,  88,  84,  89,  90,  56,  91,  92,  93,  64,  94,  95,  68,  96,  97,
                98,  74,  99,  6,   23,  100, 11,  101, 8,   102, 103, 104, 59,  101, 13,  22,  46,  100, 29,
                105, 33,  48,  99,  106, 107, 45,  108, 109, 110, 105, 111, 61,  112, 102, 113, 114, 115, 110,
                116, 117, 118, 119, 120, 121, 122, 86,  123, 124, 125, 108, 126, 127, 104, 128, 129, 125, 130,
                121, 131, 132, 89,  107, 112, 93,  118, 133, 134, 75,  135, 136, 137, 138, 77,  139, 140, 82,
                129, 141, 67,  142, 137, 135, 143, 144, 95,  145, 146, 147, 148, 149, 120, 150, 151, 152, 131,
                153, 154, 134, 155, 150, 136, 156, 157, 158, 159, 160, 145, 138, 161, 141, 162, 157, 163, 164,
                165, 166, 156, 167, 168, 169, 170, 160, 171, 164, 144, 172, 170, 153, 173, 161, 147, 174, 175,
                151, 176, 149, 166, 116, 177, 178, 179, 113, 180, 17,  90,  178, 111, 181, 18,  127, 177, 76,
                26,  128, 50,  182, 44,  142, 66,  179, 122, 41,  148, 183, 78,  83,  143, 184, 98,  185, 180,
                162, 60,  184, 87,  186, 152, 187, 85,  188, 52,  165, 189, 182, 190, 188, 191, 154, 181, 192,
                80,  193, 194, 195, 196, 197, 198, 199, 200, 201, 202, 168, 203, 198, 204, 155, 205, 206, 193,
                207, 208, 209, 210, 211, 212, 213, 196, 214, 215, 216, 62,  187, 158, 209, 217, 218, 216, 212,
                190, 207, 219, 220, 221, 200, 204, 222, 223, 195, 221, 224, 225, 226, 227, 228, 229, 230, 214,
                201, 215, 173, 211, 222, 171, 231, 224, 218, 232, 217, 174, 213, 223, 232, 219, 220, 233, 176,
                225, 91,  226, 227, 234, 94},
      .vigilance = {0,   2,   15,  31,  54,  71,  84,  101, 110, 125, 137,
                    150, 157, 170, 178, 184, 188, 198, 216, 221, 232}};
  return design;
}

const std::vector<std::string>& published_tracks() {
  static const std::vector<std::string> tracks = [] {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < clip_ids.size(); i += id_length)
      names.push_back("normalize_5s_intro_" + std::string(clip_ids.substr(i, id_length)) + ".wav");
    return names;
  }();
  return tracks;
}

}  // namespace musicmem::data
